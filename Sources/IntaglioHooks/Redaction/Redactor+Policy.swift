internal import IntaglioFormat

extension Policy {
  /// The rules that act on arguments and results of `tool`, in the order of the policy.
  func redactionRules(for tool: ToolIdentity) -> [Redactor.Rule] {
    redactions(for: tool).map(\.rule)
  }

  /// The rules that act on every text, whatever tool it is of: patterns that name no tools.
  var redactionRulesForAllTexts: [Redactor.Rule] {
    redactions.filter { redaction in
      if case .pattern = redaction.target { redaction.tools == nil } else { false }
    }.map(\.rule)
  }
}

extension Policy.Redaction {
  fileprivate var rule: Redactor.Rule {
    switch target {
    case .pointer(let pointer): Redactor.Rule(id: id, .pointer(pointer.tokens))
    case .pattern(let pattern): Redactor.Rule(id: id, .pattern(pattern))
    }
  }
}

extension Redacted {
  /// The list of what was taken out, as records have it.
  var removalsAsJSON: JSON { .array(removals.map(\.json)) }
}
