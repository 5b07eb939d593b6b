/// Why a policy decides as it does: every rule with all that it looked at.
package struct Explanation: Hashable, Sendable {
  package let evaluation: Evaluation
  /// In the order of the policy.
  package let rules: [RuleExplanation]
}

/// One rule, whether it applied or not.
package struct RuleExplanation: Hashable, Sendable {
  package let id: String
  package let effect: Effect?
  package let isObserved: Bool
  /// Whether its condition holds.
  package let truth: Truth
  /// Whether the rule applies: see ``Truth``, and that deny and review rules apply where they err.
  package let applies: Bool
  /// What the condition is made of; empty for a rule without one.
  package let conditions: [ConditionExplanation]
}

/// A part of a condition: what it asks, what came of it, and the parts that it is made of.
package struct ConditionExplanation: Hashable, Sendable {
  /// As the policy writes it, shortened: `/amount greater 100`, `any`, `tool refund or mcp:bank/*`.
  package let text: String
  package let truth: Truth
  package let parts: [ConditionExplanation]
}

extension Policy {
  /// What the policy says about a call, and what every part of every rule contributed.
  package func explain(_ input: PolicyInput) -> Explanation {
    let explanations = rules.map { rule in
      let conditions = rule.condition.parts.map { $0.explanation(for: input) }
      let truth = Truth.all(conditions, \.truth)
      return RuleExplanation(
        id: rule.id, effect: rule.effect, isObserved: rule.isObserved, truth: truth,
        applies: rule.applies(truth), conditions: conditions)
    }
    return Explanation(evaluation: evaluate(input), rules: explanations)
  }
}
