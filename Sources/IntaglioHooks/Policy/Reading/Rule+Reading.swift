extension Policy.Rule {
  private static let keys = [
    "id", "when", "effect", "on_deny", "review", "checkpoint", "effect_class", "reads", "observe",
    "message", "reason",
  ]

  init(
    reading node: PolicyNode, _ ids: inout Set<String>, _ approvers: [Approver]
  ) throws(PolicyError) {
    let map = try PolicyMap(node, "a rule", keys: Self.keys)
    let id = try map.identifier(notIn: &ids)
    let effect: Effect? = try map.choice("effect")
    let effectClass: EffectClass? = try map.choice("effect_class")
    let checkpoint: CheckpointTime? = try map.choice("checkpoint")
    let reads: Trust? = try map.choice("reads")
    guard effect != nil || effectClass != nil || checkpoint != nil || reads != nil else {
      throw node.error(
        "the rule '\(id)' does nothing: give it an effect (allow, review or deny), or effect_class, checkpoint or reads"
      )
    }
    let onDeny: OnDeny? = try map.choice("on_deny")
    if let onDenyNode = map["on_deny"], effect != .deny, effect != .review {
      throw onDenyNode.error("'on_deny' says nothing without effect: deny or review")
    }
    if let review = map["review"], effect != .review {
      throw review.error("'review' says nothing without effect: review")
    }
    self.init(
      id: id,
      condition: try map["when"].map { node throws(PolicyError) in try Condition(reading: node) }
        ?? .always,
      effect: effect,
      onDeny: onDeny ?? .refuse,
      review: try map["review"].map { node throws(PolicyError) in
        try ReviewTerms(reading: node, approvers)
      },
      checkpointsBefore: checkpoint != nil,
      effectClass: effectClass,
      readsUntrusted: reads != nil,
      isObserved: try map["observe"].map { node throws(PolicyError) in
        try node.bool("'observe'")
      } ?? false,
      message: try map.text("message"),
      reason: try map.text("reason"))
  }

  private enum CheckpointTime: String, CaseIterable { case before }
  private enum Trust: String, CaseIterable { case untrusted }
}

extension Condition {
  private static let keys = ["tool", "agent", "tainted", "arguments"]

  init(reading node: PolicyNode) throws(PolicyError) {
    // A key with nothing after it is an empty map.
    if case .null = node.value {
      self = .always
      return
    }
    let map = try PolicyMap(node, "'when'", keys: Self.keys)
    self.init(
      tools: try map.tools(),
      agents: try map["agent"].map { node throws(PolicyError) in
        try node.oneOrMany("'agent'").map { node throws(PolicyError) in
          try node.parsed("the agent", Glob.init)
        }
      },
      isTainted: try map["tainted"].map { node throws(PolicyError) in
        try node.bool("'tainted'")
      },
      arguments: try map["arguments"].map { node throws(PolicyError) in
        try Predicate(reading: node, "'arguments'")
      })
  }
}
