package import IntaglioFormat

/// What a value has to be: all of its members have to hold.
package struct Predicate: Hashable, Sendable {
  package enum Member: Hashable, Sendable {
    /// All tests hold of the value there.
    case value(JSONPointer, [ValueTest])
    case all([Predicate])
    case any([Predicate])
    case not(Predicate)

    /// The key it is written under.
    var key: String {
      switch self {
      case .value(let pointer, _): pointer.text
      case .all: "all"
      case .any: "any"
      case .not: "not"
      }
    }
  }

  /// In the order of their keys, as canonical JSON has them.
  package let members: [Member]

  package init(_ members: [Member]) {
    self.members = members.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
  }

  package func truth(of value: JSON, _ effort: inout Effort) -> Truth {
    Truth.all(members) { $0.truth(of: value, &effort) }
  }
}

extension Predicate.Member {
  func truth(of value: JSON, _ effort: inout Effort) -> Truth {
    effort.spend()
    switch self {
    case .value(let pointer, let tests):
      let target = pointer.target(in: value, &effort)
      return Truth.all(tests) { $0.truth(of: target, at: pointer, &effort) }
    case .all(let predicates): return Truth.all(predicates) { $0.truth(of: value, &effort) }
    case .any(let predicates): return Truth.any(predicates) { $0.truth(of: value, &effort) }
    case .not(let predicate): return predicate.truth(of: value, &effort).negated
    }
  }
}
