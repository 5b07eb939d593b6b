internal import IntaglioFormat

extension Condition.Part {
  func explanation(for input: PolicyInput) -> ConditionExplanation {
    var effort = Effort()
    var parts: [ConditionExplanation] = []
    if case .arguments(let predicate) = self, case .success(let json) = input.arguments {
      parts = predicate.members.map { $0.explanation(for: json) }
    }
    return ConditionExplanation(text: text, truth: truth(of: input, &effort), parts: parts)
  }

  private var text: String {
    switch self {
    case .tools(let patterns): "tool " + patterns.map(\.text).joined(separator: " or ")
    case .agents(let globs): "agent " + globs.map(\.text).joined(separator: " or ")
    case .tainted(let isTainted): "tainted \(isTainted)"
    case .arguments: "arguments"
    }
  }
}

extension Predicate.Member {
  fileprivate func explanation(for value: JSON) -> ConditionExplanation {
    switch self {
    case .value(let pointer, let tests):
      var effort = Effort()
      let target = pointer.target(in: value, &effort)
      let parts = tests.map { test in
        ConditionExplanation(
          text: "\(pointer.subject) \(test.text)",
          truth: test.truth(of: target, at: pointer, &effort), parts: [])
      }
      return ConditionExplanation(pointer.subject, parts) { Truth.all(parts, \.truth) }
    case .all(let predicates):
      let parts = predicates.map { $0.explanation(for: value) }
      return ConditionExplanation("all", parts) { Truth.all(parts, \.truth) }
    case .any(let predicates):
      let parts = predicates.map { $0.explanation(for: value) }
      return ConditionExplanation("any", parts) { Truth.any(parts, \.truth) }
    case .not(let predicate):
      let part = predicate.explanation(for: value)
      return ConditionExplanation("not", [part]) { part.truth.negated }
    }
  }
}

extension Predicate {
  /// The only member, or all of them.
  fileprivate func explanation(for value: JSON) -> ConditionExplanation {
    let parts = members.map { $0.explanation(for: value) }
    return parts.count == 1
      ? parts[0] : ConditionExplanation("all", parts) { Truth.all(parts, \.truth) }
  }
}

extension ConditionExplanation {
  /// Leaves out a level that has one part only and says the same.
  fileprivate init(_ text: String, _ parts: [ConditionExplanation], _ truth: () -> Truth) {
    if parts.count == 1, text != "not" {
      self = parts[0]
    } else {
      self.init(text: text, truth: truth(), parts: parts)
    }
  }
}

extension ValueTest {
  private static let textByteCount = 80

  /// As the policy writes it, cut after 80 bytes.
  fileprivate var text: String {
    let value = String(decoding: json.canonical, as: UTF8.self)
    guard value.utf8.count > Self.textByteCount else { return "\(key) \(value)" }
    let scalars = value.unicodeScalars.prefix(Self.textByteCount)
    return "\(key) \(String(scalars))…"
  }
}
