extension Policy {
  /// What the policy says about a call.
  ///
  /// Pure, and linear: at most a fixed number of steps for each test of the policy and each byte of the arguments.
  /// Limits are not part of it; see `limits(for:)`.
  package func evaluate(_ input: PolicyInput) -> Evaluation {
    var effort = Effort()
    return evaluate(input, &effort)
  }

  package func evaluate(_ input: PolicyInput, _ effort: inout Effort) -> Evaluation {
    var applied: [(rule: Rule, truth: Truth)] = []
    for index in rules.indices {
      effort.spend()
      let truth = rules[index].condition.truth(of: input, &effort)
      if rules[index].applies(truth) { applied.append((rules[index], truth)) }
    }
    var evaluation = decide(applied.lazy.filter { !$0.rule.isObserved })
    evaluation.applied = applied.map { rule, truth in
      AppliedRule(
        id: rule.id, effect: rule.effect, truth: truth, isObserved: rule.isObserved)
    }
    if case .failure(let error) = input.arguments {
      evaluation.invalidArguments = PolicyInput.invalidArguments(error)
      evaluation.deny()
    }
    return evaluation
  }

  /// What the enforced rules that apply say together.
  private func decide(_ enforced: some Sequence<(rule: Rule, truth: Truth)>) -> Evaluation {
    let strictest = enforced.compactMap(\.rule.effect).max()
    var evaluation = Evaluation(effect: strictest ?? defaultEffect)
    evaluation.usedDefault = strictest == nil
    var terms: ReviewTerms? = evaluation.effect == .review ? ReviewTerms() : nil
    for (rule, _) in enforced {
      if let effect = rule.effect, effect == evaluation.effect {
        if let message = rule.message { evaluation.messages.append(message) }
        if let reason = rule.reason { evaluation.reasons.append(reason) }
        if effect == .review { terms = terms?.merged(with: rule.review ?? ReviewTerms()) }
      }
      if rule.effect != .allow, rule.effect != nil, rule.onDeny == .abort {
        evaluation.onDeny = .abort
      }
      if rule.checkpointsBefore { evaluation.checkpointsBefore = true }
      if rule.readsUntrusted { evaluation.readsUntrusted = true }
    }
    evaluation.effectClass =
      enforced.compactMap { $0.rule.effectClass(given: $0.truth) }.max() ?? .unknown
    evaluation.review = terms
    if evaluation.effect == .review, terms == nil {
      evaluation.hasImpossibleReview = true
      evaluation.deny()
    }
    return evaluation
  }
}

extension Evaluation {
  /// Denies for a reason of the engine's own, whatever the rules decided.
  fileprivate mutating func deny() {
    // What rules say about allowing or asking does not explain a denial.
    if effect != .deny { (messages, reasons) = ([], []) }
    effect = .deny
    review = nil
    usedDefault = false
  }
}

extension Policy.Rule {
  /// Whether it applies: a rule that allows only if its condition holds, any other also if that cannot be told.
  func applies(_ truth: Truth) -> Bool {
    switch truth {
    case .holds: true
    case .fails: false
    case .errs: effect != .allow
    }
  }

  /// The effect class that it gives the call; `none` is a permission, and given only if the condition holds.
  fileprivate func effectClass(given truth: Truth) -> EffectClass? {
    truth != .holds && effectClass == EffectClass.none ? nil : effectClass
  }
}
