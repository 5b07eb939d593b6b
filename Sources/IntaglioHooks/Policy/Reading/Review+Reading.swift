extension ReviewTerms {
  private static let keys = ["approvers", "quorum", "expires", "mode"]

  init(reading node: PolicyNode, _ known: [Approver]) throws(PolicyError) {
    let map = try PolicyMap(node, "'review'", keys: Self.keys)
    self.init()
    mode = try map.choice("mode") ?? .wait
    expirySeconds = try map["expires"].map { node throws(PolicyError) in
      try node.seconds("'expires'")
    }
    if let node = map["approvers"] { approvers = try Self.names(node, known) }
    if let node = map["quorum"] {
      quorum = try node.integer("'quorum'", in: 1...Policy.Bounds.ruleCount)
      let most = approvers.isEmpty ? known.count : approvers.count
      guard quorum == 1 || known.count > 0 else {
        throw node.error("a quorum over 1 needs approvers with keys: list them under 'approvers'")
      }
      guard quorum == 1 || quorum <= most else {
        throw node.error("a quorum of \(quorum) is never reached by \(most) approvers")
      }
    }
  }

  private static func names(
    _ node: PolicyNode, _ known: [Approver]
  ) throws(PolicyError) -> [String] {
    var names: Set<String> = []
    for node in try node.oneOrMany("'approvers'") {
      let name = try node.text("an approver")
      guard known.contains(where: { $0.name == name }) else {
        let hint =
          known.isEmpty
          ? "the policy has no 'approvers'" : Spelling.hint(name, among: known.map(\.name))
        throw node.error("there is no approver \(Spelling.quoted(name)) with a key; \(hint)")
      }
      guard names.insert(name).inserted else {
        throw node.error("the approver '\(name)' is repeated")
      }
    }
    return names.sorted()
  }
}

extension Approver {
  static func list(_ node: PolicyNode?) throws(PolicyError) -> [Approver] {
    guard let node else { return [] }
    var approvers: [Approver] = []
    var names: [[UInt8]: String] = [:]
    for entry in try PolicyMap(node, "'approvers'").entries {
      guard Spelling.isName(entry.key, or: "@+") else {
        throw entry.keyNode.error(
          "an approver's name has 1 to 64 of the characters A-Z a-z 0-9 . _ - @ +")
      }
      guard let key = ApproverKey.key(try entry.value.text("an approver's key")) else {
        throw entry.value.error(
          "an approver's key is written ed25519: and its 32 bytes in base64, 44 characters with the = at the end"
        )
      }
      if let other = names.updateValue(entry.key, forKey: key) {
        throw entry.value.error(
          "'\(entry.key)' has the key of '\(other)': one person would count as two")
      }
      approvers.append(Approver(name: entry.key, key: key))
    }
    return approvers.sorted { $0.name < $1.name }
  }
}

extension PolicyNode {
  /// The seconds of a duration such as `30s`, `5m`, `1h` or `2d`.
  fileprivate func seconds(_ what: String) throws(PolicyError) -> Int {
    let advice = "\(what) is a duration of at most 3650d, such as 30s, 5m, 1h or 2d"
    guard case .string(let text) = value, let unit = text.utf8.last else { throw error(advice) }
    let scale: Int
    switch unit {
    case UInt8(ascii: "s"): scale = 1
    case UInt8(ascii: "m"): scale = 60
    case UInt8(ascii: "h"): scale = 3600
    case UInt8(ascii: "d"): scale = 86_400
    default: throw error(advice)
    }
    let digits = text.dropLast()
    guard let count = Int(digits), String(count) == digits, count > 0,
      count <= Policy.Bounds.expirySeconds / scale
    else { throw error(advice) }
    return count * scale
  }
}
