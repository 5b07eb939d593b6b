extension Policy {
  private static let keys = ["version", "default", "limits", "redact", "approvers", "rules"]

  /// Reads a policy written in JSON, strictly.
  ///
  /// - Throws: `PolicyError` for the first thing that is wrong, with its place.
  public init(json text: [UInt8]) throws(PolicyError) {
    try self.init(reading: PolicyNode(json: text))
  }

  /// Reads a policy from a text's values.
  package init(reading node: PolicyNode) throws(PolicyError) {
    try node.checkEverywhere()
    let map = try PolicyMap(node, "a policy")
    // Version before contents: what a later version adds is not a mistake of this one.
    let version = try map.required("version", "begin with version: 1").number("'version'")
    guard version == DecimalNumber(1) else {
      throw (map["version"] ?? node).error(
        "version \(version) of policies is not supported; this program reads version 1")
    }
    try map.checkKeys(Self.keys)
    let defaultEffect: Effect = try map.required(
      "default", "say what holds where no rule applies: allow, review or deny"
    ).choice("'default'")

    var ids: Set<String> = []
    let approvers = try Approver.list(map["approvers"])
    let limits = try Self.list(map["limits"], "limits") { node throws(PolicyError) in
      try Limit(reading: node, &ids)
    }
    let redactions = try Self.list(map["redact"], "redact") { node throws(PolicyError) in
      try Redaction(reading: node, &ids)
    }
    let rules = try Self.list(map["rules"], "rules") { node throws(PolicyError) in
      try Rule(reading: node, &ids, approvers)
    }
    self.init(
      defaultEffect: defaultEffect, rules: rules, limits: limits, redactions: redactions,
      approvers: approvers)
  }

  private static func list<Element>(
    _ node: PolicyNode?, _ key: String, _ read: (PolicyNode) throws(PolicyError) -> Element
  ) throws(PolicyError) -> [Element] {
    guard let node else { return [] }
    let elements = try node.list("'\(key)'")
    guard elements.count <= Bounds.ruleCount else {
      throw node.error(
        "'\(key)' has \(elements.count) entries, and at most \(Bounds.ruleCount) are read")
    }
    return try elements.map(read)
  }
}
