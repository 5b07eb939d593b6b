package import IntaglioFormat

/// What is taken out of a payload before it is hashed and written, so that no copy of it is ever on disk.
///
/// A value that a rule names, or in which its pattern is found, is replaced whole by a marker,
/// `{"$redacted":{"byteCount":N,"rule":ID}}`: a text cut around a match would still betray what stood beside it, and what is
/// left of a secret whose end the pattern misjudged. Strings and numbers are searched, and the names of members; since a name
/// cannot be a marker, the object that has the name is replaced. Of rules that meet in one value the outermost wins, and
/// among those that replace the same value the first.
package struct Redactor: Sendable {
  /// One rule of a policy that applies to the tool in question.
  package struct Rule: Hashable, Sendable {
    package var id: String
    package var target: Target

    package init(id: String, _ target: Target) {
      self.id = id
      self.target = target
    }
  }

  /// What a rule takes out.
  package enum Target: Hashable, Sendable {
    /// The value that a JSON pointer (RFC 6901) leads to, given as its tokens without escapes; nothing if there is none.
    case pointer([String])
    /// Every string and number in which the pattern is found.
    case pattern(BuiltInPattern)
  }

  /// In the order of the policy.
  package let rules: [Rule]

  package init(rules: [Rule]) { self.rules = rules }

  /// The value with markers for what the rules take out.
  package func redact(_ json: JSON) -> Redacted {
    var walk = RedactionWalk(rules: rules)
    let value = walk.redact(json) ?? json
    return Redacted(value: value, removals: walk.removals)
  }

  /// What is to be recorded of a text in place of it, such as of the result of a tool; nil if the text stays as it is.
  ///
  /// A text that is JSON is treated as the value that it writes. Of any other text only patterns take something out, and what
  /// they take is the whole.
  package func redact(text: String) -> Redacted? {
    guard !rules.isEmpty else { return nil }
    if let json = try? JSON.parse(Array(text.utf8)) {
      let redacted = redact(json)
      return redacted.removals.isEmpty ? nil : redacted
    }
    let rule = rules.first { rule in
      if case .pattern(let pattern) = rule.target { pattern.isFound(in: text) } else { false }
    }
    return rule.map { Redacted(replacing: text, by: $0) }
  }

  /// As ``redact(text:)``, for a text that is meant to be JSON, such as the raw arguments of a call.
  ///
  /// If it is none, no pointer can be followed: the first rule with a pointer takes out the whole.
  package func redact(arguments text: String) -> Redacted? {
    guard !rules.isEmpty else { return nil }
    if let redacted = redact(text: text) { return redacted }
    guard !text.isEmpty, (try? JSON.parse(Array(text.utf8))) == nil else { return nil }
    let rule = rules.first { if case .pointer = $0.target { true } else { false } }
    return rule.map { Redacted(replacing: text, by: $0) }
  }
}

/// A value from which something was taken out, and what that was.
///
/// Only what ``removals`` names was taken out: a marker elsewhere is a value that looks like one, which anybody can write. So
/// the list belongs into the record beside the value.
package struct Redacted: Hashable, Sendable {
  package var value: JSON
  package var removals: [Removal]

  package init(value: JSON, removals: [Removal]) {
    self.value = value
    self.removals = removals
  }

  /// A marker in place of the whole `text`.
  init(replacing text: String, by rule: Redactor.Rule) {
    let removal = Removal(pointer: "", rule: rule.id, byteCount: text.utf8.count)
    self.init(value: removal.marker, removals: [removal])
  }
}

/// One value that was taken out.
package struct Removal: Hashable, Sendable {
  /// Where it stood: a JSON pointer (RFC 6901) into the value; empty if it was the whole.
  package let pointer: String
  /// The rule that took it out.
  package let rule: String
  /// The bytes of its text in UTF-8: of the content of a string, and of the canonical form of anything else.
  package let byteCount: Int

  package init(pointer: String, rule: String, byteCount: Int) {
    self.pointer = pointer
    self.rule = rule
    self.byteCount = byteCount
  }

  /// What stands in its place.
  package var marker: JSON {
    .object([
      .init(
        "$redacted",
        .object([.init("byteCount", .integer(byteCount)), .init("rule", .string(rule))]))
    ])
  }

  /// The removal as it is listed in a record.
  package var json: JSON {
    .object([
      .init("at", .string(pointer)), .init("byteCount", .integer(byteCount)),
      .init("rule", .string(rule)),
    ])
  }
}
