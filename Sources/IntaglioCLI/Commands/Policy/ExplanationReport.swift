internal import IntaglioFormat
internal import IntaglioHooks

/// What a policy says about a call, for people and as JSON.
struct ExplanationReport {
  private let policy: Policy
  private let input: PolicyInput
  private let explanation: Explanation

  init(_ policy: Policy, _ input: PolicyInput) {
    self.policy = policy
    self.input = input
    explanation = policy.explain(input)
  }

  // MARK: For people

  /// The decision, then every rule with its conditions below it, then the limits; not escaped.
  var lines: [String] {
    let limitLines = limits.map(line)
    return [headline] + details + explanation.rules.flatMap(lines)
      + (limitLines.isEmpty ? [] : [""])
      + limitLines
  }

  private var headline: String {
    let evaluation = explanation.evaluation
    let decision = "\(evaluation.effect.rawValue)  \(input.tool)"
    if let reason = evaluation.invalidArguments { return "\(decision)  (\(reason))" }
    if evaluation.hasImpossibleReview {
      return "\(decision)  (the reviews that the rules ask for exclude each other)"
    }
    return evaluation.usedDefault ? "\(decision)  (the default: no rule decides)" : decision
  }

  /// What goes with the decision, where it is not what is usual.
  private var details: [String] {
    let evaluation = explanation.evaluation
    var details: [String] = []
    if let terms = evaluation.review {
      let who = terms.approvers.isEmpty ? "anybody" : terms.approvers.joined(separator: ", ")
      let expiry = terms.expirySeconds.map { ", expires after \($0) s" } ?? ""
      details.append("  review by \(who), quorum \(terms.quorum)\(expiry), \(terms.mode.rawValue)")
    }
    if evaluation.onDeny == .abort { details.append("  a denial aborts the run") }
    if evaluation.checkpointsBefore { details.append("  checkpoint before the call") }
    if evaluation.effectClass != .unknown {
      details.append("  effect class \(evaluation.effectClass.rawValue)")
    }
    if evaluation.readsUntrusted { details.append("  reads what is not to be trusted") }
    details += evaluation.messages.map { "  message: \($0)" }
    details += evaluation.reasons.map { "  reason: \($0)" }
    return details
  }

  private func lines(_ rule: RuleExplanation) -> [String] {
    let effect = rule.effect?.rawValue ?? "marks"
    let applies =
      switch (rule.applies, rule.isObserved) {
      case (true, false): "applies"
      case (true, true): "would apply, is only observed"
      case (false, _): "does not apply"
      }
    return ["", "rule \(rule.id)  \(effect)  \(applies)"]
      + rule.conditions.flatMap { lines($0, depth: 1) }
  }

  private func lines(_ condition: ConditionExplanation, depth: Int) -> [String] {
    let word = condition.truth.word
    let padding = String(repeating: " ", count: 5 - word.count + 2)
    let indentation = String(repeating: "  ", count: depth)
    var line = indentation + word + padding + condition.text
    // Where it has parts, they say why.
    if condition.parts.isEmpty, let reason = condition.truth.error { line += "  (\(reason))" }
    return [line] + condition.parts.flatMap { lines($0, depth: depth + 1) }
  }

  private var limits: [(limit: Policy.Limit, amount: Policy.Amount)] { policy.limits(for: input) }

  private func line(_ limit: Policy.Limit, _ amount: Policy.Amount) -> String {
    switch amount {
    case .count(let count):
      "limit \(limit.id)  takes \(count) of \(limit.most) per \(limit.scope.rawValue)"
    case .errs(let reason): "limit \(limit.id)  denies  (\(reason))"
    }
  }

  // MARK: JSON

  var json: JSON {
    let evaluation = explanation.evaluation
    return .object(
      [
        .init("effect", .string(evaluation.effect.rawValue)),
        .init("usedDefault", .bool(evaluation.usedDefault)),
        evaluation.invalidArguments.map { .init("invalidArguments", .string($0)) },
        evaluation.hasImpossibleReview ? .init("impossibleReview", .bool(true)) : nil,
        .init("onDeny", .string(evaluation.onDeny.rawValue)),
        .init("checkpointBefore", .bool(evaluation.checkpointsBefore)),
        .init("effectClass", .string(evaluation.effectClass.rawValue)),
        .init("readsUntrusted", .bool(evaluation.readsUntrusted)),
        .init("messages", .array(evaluation.messages.map(JSON.string))),
        .init("reasons", .array(evaluation.reasons.map(JSON.string))),
        .init("rules", .array(explanation.rules.map(json))),
        .init("limits", .array(limits.map(json))),
      ].compactMap(\.self))
  }

  private func json(_ rule: RuleExplanation) -> JSON {
    .object(
      [
        .init("id", .string(rule.id)),
        rule.effect.map { .init("effect", .string($0.rawValue)) },
        .init("applies", .bool(rule.applies)),
        .init("observed", .bool(rule.isObserved)),
        .init("truth", .string(rule.truth.word)),
        rule.truth.error.map { .init("reason", .string($0)) },
        .init("conditions", .array(rule.conditions.map(json))),
      ].compactMap(\.self))
  }

  private func json(_ condition: ConditionExplanation) -> JSON {
    .object(
      [
        .init("text", .string(condition.text)),
        .init("truth", .string(condition.truth.word)),
        condition.truth.error.map { .init("reason", .string($0)) },
        condition.parts.isEmpty ? nil : .init("parts", .array(condition.parts.map(json))),
      ].compactMap(\.self))
  }

  private func json(_ limit: Policy.Limit, _ amount: Policy.Amount) -> JSON {
    let taken: JSON.Member =
      switch amount {
      case .count(let count): .init("takes", .string("\(count)"))
      case .errs(let reason): .init("reason", .string(reason))
      }
    return .object([
      .init("id", .string(limit.id)), .init("per", .string(limit.scope.rawValue)),
      .init("most", .string("\(limit.most)")), taken,
    ])
  }
}

extension Truth {
  /// "holds", "fails" or "errs".
  fileprivate var word: String {
    switch self {
    case .holds: "holds"
    case .fails: "fails"
    case .errs: "errs"
    }
  }
}
