extension Policy.Limit {
  private static let keys = ["id", "tool", "per", "sum", "most", "on_deny", "message", "reason"]

  init(reading node: PolicyNode, _ ids: inout Set<String>) throws(PolicyError) {
    let map = try PolicyMap(node, "a limit", keys: Self.keys)
    let sum = try map["sum"].map { node throws(PolicyError) in
      try node.parsed("'sum'", JSONPointer.init)
    }
    let mostNode = try map.required("most", "say how many calls, or what sum, are allowed")
    guard let most = LimitCount(try mostNode.number("'most'")) else {
      throw mostNode.error(
        "'most' is 0 or more, at most about 10^29, and has at most 9 digits after the point")
    }
    guard sum != nil || most.isWhole else {
      throw mostNode.error(
        "'most' counts calls, so it is a whole number; a sum has 'sum' beside it")
    }
    self.init(
      id: try map.identifier(notIn: &ids),
      tools: try map.tools(),
      scope: try map.required("per", "say over what it is counted: run, mission, agent or log")
        .choice("'per'"),
      sum: sum,
      most: most,
      onDeny: try map.choice("on_deny") ?? .refuse,
      message: try map.text("message"),
      reason: try map.text("reason"))
  }
}

extension Policy.Redaction {
  private static let keys = ["id", "tool", "pattern", "at"]

  init(reading node: PolicyNode, _ ids: inout Set<String>) throws(PolicyError) {
    let map = try PolicyMap(node, "a redaction", keys: Self.keys)
    let id = try map.identifier(notIn: &ids)
    let target: Target
    switch (map["pattern"], map["at"]) {
    case (let pattern?, nil): target = .pattern(try pattern.choice("'pattern'"))
    case (nil, let at?): target = .pointer(try at.parsed("'at'", JSONPointer.init))
    case (nil, nil):
      throw node.error(
        "the redaction '\(id)' has neither 'pattern' nor 'at': say what it takes out")
    case (_?, let at?):
      throw at.error("a redaction has 'pattern' or 'at', not both: make two of it")
    }
    self.init(id: id, tools: try map.tools(), target: target)
  }
}
