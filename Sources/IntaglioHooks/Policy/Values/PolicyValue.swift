package import IntaglioFormat

/// What a value is, of JSON's six.
package enum Kind: Hashable, Sendable, CaseIterable {
  case null, bool, number, text, list, object

  package init(of json: JSON) {
    self =
      switch json {
      case .null: .null
      case .bool: .bool
      case .number: .number
      case .string: .text
      case .array: .list
      case .object: .object
      }
  }

  /// With an article, for sentences.
  package var words: String {
    switch self {
    case .null: "null"
    case .bool: "a truth value"
    case .number: "a number"
    case .text: "a text"
    case .list: "a list"
    case .object: "an object"
    }
  }
}

/// A value that a policy compares with: JSON whose numbers are exact and whose objects have no order.
package enum PolicyValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case number(DecimalNumber)
  /// Plain text, so that Swift's equality is that of scalars.
  case text(String)
  case list([PolicyValue])
  case object([String: PolicyValue])

  package var kind: Kind {
    switch self {
    case .null: .null
    case .bool: .bool
    case .number: .number
    case .text: .text
    case .list: .list
    case .object: .object
    }
  }

  /// Whether `json` is this value; errs if it is of another kind, here or somewhere inside.
  ///
  /// Lists are equal element by element, objects member by member in any order. A list of another length, or an object
  /// with other names, is not equal, whatever else is in it.
  package func truth(of json: JSON, _ effort: inout Effort) -> Truth {
    effort.spend()
    switch (self, json) {
    case (.null, .null): return .holds
    case (.bool(let mine), .bool(let other)): return Truth(mine == other)
    case (.number(let mine), .number(let text)):
      effort.spend(text.utf8.count)
      guard let other = DecimalNumber(text) else { return .errs("a number is beyond comparing") }
      return Truth(mine == other)
    case (.text(let mine), .string(let other)):
      if let fault = PlainText.fault(in: other, &effort) { return .errs("is text that \(fault)") }
      return Truth(mine.isSame(as: other))
    case (.list(let mine), .array(let others)):
      guard mine.count == others.count else { return .fails }
      return Truth.all(zip(mine, others)) { $0.truth(of: $1, &effort) }
    case (.object(let mine), .object(let others)):
      return truth(ofMembers: others, among: mine, &effort)
    default: return .errs("is \(Kind(of: json).words), not \(kind.words)")
    }
  }

  private func truth(
    ofMembers others: [JSON.Member], among mine: [String: PolicyValue], _ effort: inout Effort
  ) -> Truth {
    for member in others {
      if let fault = PlainText.fault(in: member.name, &effort) {
        return .errs("has a member whose name \(fault)")
      }
    }
    guard mine.count == others.count, others.allSatisfy({ mine[$0.name] != nil }) else {
      return .fails
    }
    return Truth.all(others) { mine[$0.name]!.truth(of: $0.value, &effort) }
  }
}
