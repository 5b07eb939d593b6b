internal import IntaglioFormat

// The policy as JSON, with whatever is the default left out; `Policy.init(json:)` reads it.

extension Policy {
  var json: JSON {
    Self.json(
      defaultEffect: defaultEffect, rules: rules, limits: limits, redactions: redactions,
      approvers: approvers)
  }

  static func json(
    defaultEffect: Effect, rules: [Rule], limits: [Limit], redactions: [Redaction],
    approvers: [Approver]
  ) -> JSON {
    .members([
      ("version", .integer(1)),
      ("default", .string(defaultEffect.rawValue)),
      ("limits", limits.isEmpty ? nil : .array(limits.map(\.json))),
      ("redact", redactions.isEmpty ? nil : .array(redactions.map(\.json))),
      (
        "approvers",
        approvers.isEmpty
          ? nil : .object(approvers.map { .init($0.name, .string(ApproverKey.text($0.key))) })
      ),
      ("rules", rules.isEmpty ? nil : .array(rules.map(\.json))),
    ])
  }
}

extension Policy.Rule {
  fileprivate var json: JSON {
    .members([
      ("id", .string(id)),
      ("when", condition == .always ? nil : condition.json),
      ("effect", effect.map { .string($0.rawValue) }),
      ("on_deny", onDeny == .refuse ? nil : .string(onDeny.rawValue)),
      ("review", review.flatMap { $0 == ReviewTerms() ? nil : $0.json }),
      ("checkpoint", checkpointsBefore ? .string("before") : nil),
      ("effect_class", effectClass.map { .string($0.rawValue) }),
      ("reads", readsUntrusted ? .string("untrusted") : nil),
      ("observe", isObserved ? .bool(true) : nil),
      ("message", message.map(JSON.string)),
      ("reason", reason.map(JSON.string)),
    ])
  }
}

extension Condition {
  fileprivate var json: JSON {
    .members([
      ("tool", tools.map(\.json)),
      ("agent", agents.map { .oneOrMany($0.map(\.text)) }),
      ("tainted", isTainted.map(JSON.bool)),
      ("arguments", arguments.map(\.json)),
    ])
  }
}

extension ReviewTerms {
  fileprivate var json: JSON {
    .members([
      ("approvers", approvers.isEmpty ? nil : .array(approvers.map(JSON.string))),
      ("quorum", quorum == 1 ? nil : .integer(quorum)),
      ("expires", expirySeconds.map { .string("\($0)s") }),
      ("mode", mode == .wait ? nil : .string(mode.rawValue)),
    ])
  }
}

extension Policy.Limit {
  fileprivate var json: JSON {
    .members([
      ("id", .string(id)),
      ("tool", tools.map(\.json)),
      ("per", .string(scope.rawValue)),
      ("sum", sum.map { .string($0.text) }),
      ("most", .number(most.description)),
      ("on_deny", onDeny == .refuse ? nil : .string(onDeny.rawValue)),
      ("message", message.map(JSON.string)),
      ("reason", reason.map(JSON.string)),
    ])
  }
}

extension Policy.Redaction {
  fileprivate var json: JSON {
    let target: (String, JSON?) =
      switch target {
      case .pattern(let pattern): ("pattern", .string(pattern.rawValue))
      case .pointer(let pointer): ("at", .string(pointer.text))
      }
    return .members([("id", .string(id)), ("tool", tools.map(\.json)), target])
  }
}

extension [ToolPattern] {
  fileprivate var json: JSON { .oneOrMany(map(\.text)) }
}

extension JSON {
  /// An object of the members that have a value.
  static func members(_ members: [(String, JSON?)]) -> JSON {
    .object(members.compactMap { name, value in value.map { Member(name, $0) } })
  }

  /// A text for one, a list for more.
  static func oneOrMany(_ texts: [String]) -> JSON {
    texts.count == 1 ? .string(texts[0]) : .array(texts.map(JSON.string))
  }
}
