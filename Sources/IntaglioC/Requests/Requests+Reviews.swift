internal import Glibc
internal import IntaglioFormat
internal import IntaglioHooks
internal import SystemPackage

// Calls that wait for people.
extension Requests {
  @Sendable static func waitForReview(_ members: inout Members) throws(Failure) -> Step {
    let (id, call) = (try members.text("run"), try members.call())
    return { governor in
      let hosted = try governor.run(id)
      let decision = try await hosted.run.waitForReview(try hosted.decision(onCall: call))
      return decision.json(in: hosted, call: call)
    }
  }

  @Sendable static func reviewAnswer(_ members: inout Members) throws(Failure) -> Step {
    let (id, call) = (try members.text("run"), try members.call())
    return { governor in
      let hosted = try governor.run(id)
      let decision = try await hosted.run.reviewed(try hosted.decision(onCall: call))
      return decision.json(in: hosted, call: call)
    }
  }

  @Sendable static func tickets(_ members: inout Members) throws(Failure) -> Step {
    { governor in
      .members(["tickets": .array(try await governor.governor.tickets().map(\.json))])
    }
  }

  @Sendable static func vote(_ members: inout Members) throws(Failure) -> Step {
    let vote = ReviewVote(
      ticket: try members.text("ticket"),
      decision: try members.flag("approve") ? .approve : .reject,
      reason: try members.optionalText("reason") ?? "",
      expiry: try members.optionalNanoseconds("expires"),
      label: try members.optionalText("label") ?? "")
    guard vote.reason.utf8.count <= Limits.reasonByteCount,
      vote.label.utf8.count <= Limits.labelByteCount
    else {
      throw .invalid(
        "a reason has at most \(Limits.reasonByteCount) bytes, and a label \(Limits.labelByteCount)"
      )
    }
    let signer = try members.optionalSigner("key")
    return { governor in
      var vote = vote
      if let signer { vote = try signer.sign(vote, for: governor.governor) }
      switch try await governor.governor.take(vote, user: getuid()) {
      case .success(.approved): return .members(["outcome": .string("approved")])
      case .success(.rejected): return .members(["outcome": .string("rejected")])
      case .success(.counted(let approvals, let needed)):
        return .members([
          "outcome": .string("counted"), "approvals": .integer(approvals),
          "needed": .integer(needed),
        ])
      case .failure(let refusal):
        throw GovernorError(.notPermitted, "the decision does not count: \(refusal.message)")
      }
    }
  }
}

/// An approver's key, with the name that the policy gives it.
private struct Signer: Sendable {
  let keyFile: String
  let approver: String

  func sign(_ vote: ReviewVote, for governor: Governor) throws -> ReviewVote {
    guard let key = SigningKey(fileContents: keyFile) else {
      throw Failure.invalid("that is no approver's key: `intaglio key generate` makes one")
    }
    return try key.sign(vote, log: governor.logID, as: approver)
  }
}

extension Members {
  fileprivate mutating func optionalSigner(_ name: String) throws(Failure) -> Signer? {
    guard var members = try optionalMembers(name) else { return nil }
    let text = try members.optionalText("text")
    let file = try members.optionalText("file")
    let approver = try members.text("approver")
    try members.finish()
    switch (text, file) {
    case (let text?, nil): return Signer(keyFile: text, approver: approver)
    case (nil, let file?):
      let bytes = try TextFile(FilePath(file)).bytes()
      return Signer(keyFile: String(decoding: bytes, as: UTF8.self), approver: approver)
    default: throw wrong(name, "{\"text\": ...} or {\"file\": ...} with the approver's name")
    }
  }

  /// A moment in nanoseconds since 1970, which doubles cannot tell from the next: as a number or as a text.
  mutating func optionalNanoseconds(_ name: String) throws(Failure) -> UInt64? {
    guard let value = value(name) else { return nil }
    let text: String? = if case .number(let text) = value { text } else { value.string }
    guard let nanoseconds = text.flatMap({ UInt64($0) }) else {
      throw wrong(name, "a count of nanoseconds since 1970")
    }
    return nanoseconds
  }
}

extension ReviewTerms {
  var json: JSON {
    .members([
      "mode": .string(mode.rawValue), "approvers": .texts(approvers), "quorum": .integer(quorum),
      "expires_after_seconds": expirySeconds.map { .integer($0) },
    ])
  }
}

extension Ticket {
  var json: JSON {
    .members([
      "ticket": .string(id.hex), "state": .string(state.rawValue), "run": .string(run),
      "mission": .string(mission), "call": .integer(call), "tool": .string(tool),
      "arguments_digest": .string(argumentsDigest), "policy": .string(policy),
      "reason": .string(reason), "time": .integer(time.nanoseconds), "review": terms.json,
      "votes": .array(
        votes.map { vote in
          .members([
            "identity": .string(vote.identity), "approves": .bool(vote.approves),
            "reason": .string(vote.reason), "expires": vote.expiry.map { .integer($0) },
          ])
        }),
    ])
  }
}
