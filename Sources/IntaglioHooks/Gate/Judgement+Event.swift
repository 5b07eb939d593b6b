internal import IntaglioFormat

extension Judgement {
  /// The event `policy.decision` that says what was decided, and by what.
  func event(
    onCall number: Int, policy: String, argumentsDigest: String, isTainted: Bool
  ) -> Event {
    var event = Event(.policyDecision)
    event.set(Attribute.call, number)
    event.set(Attribute.effect, effect.rawValue)
    event.set(Attribute.policy, policy)
    event.set(Attribute.argumentsDigest, argumentsDigest)
    event.set(Attribute.tainted, if: isTainted)
    event.set(Attribute.aborts, if: abortsRun)
    if let evaluation {
      event.set(Attribute.rules, rules(evaluation))
      let isDefault = evaluation.usedDefault && exceeded.isEmpty && !isUncovered
      event.set(Attribute.isDefault, if: isDefault)
      event.set(Attribute.errorType, evaluation.invalidArguments.map { _ in "arguments.invalid" })
      event.set(Attribute.taints, if: readsUntrusted && effect != .deny)
      if evaluation.effectClass != .unknown {
        event.set(Attribute.effectClass, evaluation.effectClass.rawValue)
      }
    }
    event.set(Attribute.limits, limits)
    event.set(Attribute.capability, cover.attribute)
    event.set(Attribute.reason, reason.isEmpty ? nil : reason)
    return event
  }

  private var isUncovered: Bool { if case .missing = cover { true } else { false } }

  private func rules(_ evaluation: Evaluation) -> JSON? {
    guard !evaluation.applied.isEmpty else { return nil }
    return .array(
      evaluation.applied.map { rule in
        var members = [JSON.Member("id", .string(rule.id))]
        if let effect = rule.effect { members.append(.init("effect", .string(effect.rawValue))) }
        if case .errs(let reason) = rule.truth { members.append(.init("erring", .string(reason))) }
        if rule.isObserved { members.append(.init("observe", .bool(true))) }
        return .object(members)
      })
  }

  private var limits: JSON? {
    let list =
      exceeded.map { limit, why in
        JSON.object([.init("exceeded", .string(why)), .init("id", .string(limit))])
      }
      + charges.map { charge in
        JSON.object([
          .init("amount", .string(charge.amount.description)),
          .init("id", .string(charge.key.limit)),
          .init("per", .string(charge.key.scope.rawValue)),
          .init("subject", .string(charge.key.subject)),
        ])
      }
    return list.isEmpty ? nil : .array(list)
  }
}
