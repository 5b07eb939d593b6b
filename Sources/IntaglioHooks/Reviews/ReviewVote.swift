package import IntaglioFormat

/// What somebody says to a ticket, before it was looked at.
package struct ReviewVote: Sendable {
  package enum Decision: String, Sendable {
    case approve, reject
  }

  /// The ticket's id, 64 hexadecimal digits.
  package let ticket: String
  package let decision: Decision
  package let reason: String
  /// When the approval ends, in nanoseconds since 1970.
  package let expiry: UInt64?
  /// A label that the person gave themselves; it proves nothing.
  package let label: String
  /// The name of the approver whose key signed, and the signature, in base64.
  package var signature: Signature?

  package struct Signature: Sendable {
    package let approver: String
    package let base64: String

    package init(approver: String, base64: String) {
      self.approver = approver
      self.base64 = base64
    }
  }

  package init(
    ticket: String, decision: Decision, reason: String = "", expiry: UInt64? = nil,
    label: String = "", signature: Signature? = nil
  ) {
    self.ticket = ticket
    self.decision = decision
    self.reason = reason
    self.expiry = expiry
    self.label = label
    self.signature = signature
  }

  /// What an approver's key signs: nothing of it can be moved to another log, ticket, decision, reason or expiry.
  package func signedBytes(log: LogID) -> [UInt8] {
    let expiry = expiry.map { String($0) } ?? ""
    return Array(
      "intaglio/v1 review\n\(log)\n\(ticket)\n\(decision.rawValue)\n\(expiry)\n\(reason)".utf8)
  }
}

extension ReviewVote {
  /// The largest file of the inbox.
  package static let fileByteLimit = 64 << 10
  static let reasonByteLimit = 4096
  static let labelByteLimit = 255

  /// The vote as a file of the inbox.
  package var fileContents: [UInt8] {
    var members: [JSON.Member] = [
      .init("v", .integer(1)), .init("ticket", .string(ticket)),
      .init("decision", .string(decision.rawValue)), .init("reason", .string(reason)),
      .init("label", .string(label)),
    ]
    if let expiry { members.append(.init("expires", .string(String(expiry)))) }
    if let signature {
      members.append(.init("approver", .string(signature.approver)))
      members.append(.init("signature", .string(signature.base64)))
    }
    return JSON.object(members).canonical
  }

  /// Reads a file of the inbox; gives why it is none.
  package static func read(_ bytes: [UInt8]) -> Result<ReviewVote, ReviewRefusal> {
    guard let json = try? JSON.parse(bytes), json["v"] == .integer(1),
      let ticket = json["ticket"]?.string, Digest(hex: ticket)?.hex == ticket,
      let decision = json["decision"]?.string.flatMap(Decision.init(rawValue:)),
      let reason = json["reason"]?.string, reason.utf8.count <= reasonByteLimit,
      let label = json["label"]?.string, label.utf8.count <= labelByteLimit
    else { return .failure(ReviewRefusal("the file is no decision of version 1")) }
    var expiry: UInt64?
    if let text = json["expires"] {
      guard let value = text.string.flatMap({ UInt64($0) }) else {
        return .failure(ReviewRefusal("the expiry is no number"))
      }
      expiry = value
    }
    var signature: Signature?
    if let approver = json["approver"]?.string, let base64 = json["signature"]?.string {
      signature = Signature(approver: approver, base64: base64)
    }
    return .success(
      ReviewVote(
        ticket: ticket, decision: decision, reason: reason, expiry: expiry, label: label,
        signature: signature))
  }
}

/// Why a decision does not count.
package struct ReviewRefusal: Error, Sendable {
  package let message: String

  package init(_ message: String) { self.message = message }
}

/// What became of a vote that counts.
package enum ReviewOutcome: Sendable {
  /// So many have approved, of so many that it takes.
  case counted(approvals: Int, of: Int)
  case approved
  case rejected
}
