internal import IntaglioFormat

/// One test of one value.
package enum ValueTest: Hashable, Sendable {
  case equals(PolicyValue)
  /// Equals one of these.
  case `in`([PolicyValue])
  case compares(Comparison)
  /// A text in a text, or an element of a list.
  case contains(PolicyValue)
  case startsWith(String)
  case glob(Glob)
  case exists(Bool)
  /// Unicode scalars of a text, elements of a list, members of an object.
  case length([Comparison])
  /// All elements of a list.
  case every(Predicate)
  /// At least one element of a list.
  case some(Predicate)
  case url(URLTest)
  case path(PathTest)
  case command([Command])

  /// A relation of a number to one that the policy names.
  package struct Comparison: Hashable, Sendable {
    package enum Relation: String, CaseIterable, Hashable, Sendable {
      case equals, greater
      case greaterOrEqual = "greater_or_equal"
      case less
      case lessOrEqual = "less_or_equal"
    }

    package let relation: Relation
    package let bound: DecimalNumber

    package init(_ relation: Relation, _ bound: DecimalNumber) {
      self.relation = relation
      self.bound = bound
    }

    package func holds(of number: DecimalNumber) -> Bool {
      switch relation {
      case .equals: number == bound
      case .greater: number > bound
      case .greaterOrEqual: number >= bound
      case .less: number < bound
      case .lessOrEqual: number <= bound
      }
    }
  }

  /// A command line, exactly: one text, or a list of texts.
  package enum Command: Hashable, Sendable {
    case line(String)
    case words([String])
  }

  /// The key it is written under.
  package var key: String {
    switch self {
    case .equals: "equals"
    case .in: "in"
    case .compares(let comparison): comparison.relation.rawValue
    case .contains: "contains"
    case .startsWith: "starts_with"
    case .glob: "glob"
    case .exists: "exists"
    case .length: "length"
    case .every: "every"
    case .some: "some"
    case .url: "url"
    case .path: "path"
    case .command: "command"
    }
  }

  /// Whether it can hold of values of `kind`; of any other it errs.
  package func accepts(_ kind: Kind) -> Bool {
    switch self {
    case .equals(let value): kind == value.kind
    case .in(let values): values.contains { $0.kind == kind }
    case .compares: kind == .number
    case .contains(let value): kind == .list || kind == .text && value.kind == .text
    case .startsWith, .glob, .url, .path: kind == .text
    case .exists: true
    case .length: kind == .text || kind == .list || kind == .object
    case .every, .some: kind == .list
    case .command: kind == .text || kind == .list
    }
  }
}
