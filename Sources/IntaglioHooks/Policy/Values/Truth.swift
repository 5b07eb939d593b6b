/// Whether something holds, with a third answer: it cannot be told, and why.
///
/// The three values are combined as Kleene's strong logic does: an error counts only where it could make a difference.
public enum Truth: Hashable, Sendable {
  /// It holds.
  case holds
  /// It does not hold.
  case fails
  /// It cannot be told; why, in words that never repeat what the arguments say.
  case errs(String)

  package init(_ holds: Bool) { self = holds ? .holds : .fails }

  /// Fails if one fails; else errs, with the first reason, if one errs; else holds.
  package static func all<Element>(
    _ elements: some Sequence<Element>, _ truth: (Element) -> Truth
  ) -> Truth {
    var result = Truth.holds
    for element in elements {
      switch truth(element) {
      case .holds: break
      case .fails: return .fails
      case .errs(let reason): if result == .holds { result = .errs(reason) }
      }
    }
    return result
  }

  /// Holds if one holds; else errs, with the first reason, if one errs; else fails.
  package static func any<Element>(
    _ elements: some Sequence<Element>, _ truth: (Element) -> Truth
  ) -> Truth {
    all(elements) { truth($0).negated }.negated
  }

  /// An error remains one.
  package var negated: Truth {
    switch self {
    case .holds: .fails
    case .fails: .holds
    case .errs: self
    }
  }

  /// Why it errs, if it does.
  public var error: String? {
    if case .errs(let reason) = self { reason } else { nil }
  }
}

/// How much an evaluation looked at: values, members, and bytes of text.
///
/// Tests hold the evaluation to be linear by it, which no clock could.
package struct Effort: Hashable, Sendable {
  package private(set) var steps = 0

  package init() {}

  package mutating func spend(_ count: Int = 1) { steps &+= count }
}
