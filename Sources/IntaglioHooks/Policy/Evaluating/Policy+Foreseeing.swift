extension Policy {
  /// Whether some call of `tool` could be denied or sent to review, by arguments, agents, taint or limits that nobody knows yet.
  ///
  /// For tools that run before anybody can be asked: what could be refused is better not offered.
  package func couldRefuse(_ tool: ToolIdentity) -> Bool {
    var effort = Effort()
    func match(_ patterns: [ToolPattern]?) -> Truth {
      patterns.map { ToolPattern.truth($0, of: tool, &effort) } ?? .holds
    }
    guard limits.allSatisfy({ match($0.tools) == .fails }) else { return true }
    var isAllowed = defaultEffect == .allow
    for rule in rules where !rule.isObserved {
      guard let effect = rule.effect else { continue }
      let truth = match(rule.condition.tools)
      if truth == .fails { continue }
      if effect != .allow { return true }
      isAllowed = isAllowed || (truth == .holds && rule.condition.isOfToolsAlone)
    }
    return !isAllowed
  }
}

extension Condition {
  /// Whether it asks about nothing but the tool.
  fileprivate var isOfToolsAlone: Bool { agents == nil && isTainted == nil && arguments == nil }
}
