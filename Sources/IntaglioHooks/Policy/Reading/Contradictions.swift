internal import IntaglioFormat

// Tests that no value can pass together. Finding none proves nothing; what is found is a mistake of who wrote it.

extension Predicate {
  /// A place of which tests are asked that no value passes, and why; tests beside each other and in `all` are asked together.
  var contradiction: (JSONPointer, String)? {
    var tests: [JSONPointer: [ValueTest]] = [:]
    collect(into: &tests)
    for (pointer, tests) in tests.sorted(by: { $0.key.text < $1.key.text }) {
      if let why = ValueTest.contradiction(among: tests) { return (pointer, why) }
    }
    return nil
  }

  private func collect(into tests: inout [JSONPointer: [ValueTest]]) {
    for member in members {
      switch member {
      case .value(let pointer, let more): tests[pointer, default: []] += more
      case .all(let predicates): for predicate in predicates { predicate.collect(into: &tests) }
      case .any, .not: break
      }
    }
  }
}

extension ValueTest {
  /// Why no value passes all of `tests`, if that can be seen.
  static func contradiction(among tests: [ValueTest]) -> String? {
    if tests.contains(.exists(false)), tests.contains(where: { $0 != .exists(false) }) {
      return "what does not exist passes no other test"
    }
    let kinds = tests.reduce(into: Set(Kind.allCases)) { $0.formIntersection($1.kinds) }
    if kinds.isEmpty {
      let keys = tests.filter { $0.kinds.count < Kind.allCases.count }.map(\.key)
      return "\(keys.joined(separator: " and ")) ask for different kinds of values"
    }
    return contradictionOfNumbers(tests) ?? contradictionOfLengths(tests)
      ?? contradictionOfValues(tests)
  }

  /// A value that is named has to pass the other tests.
  private static func contradictionOfValues(_ tests: [ValueTest]) -> String? {
    for (index, test) in tests.enumerated() {
      let candidates: [PolicyValue]
      switch test {
      case .equals(let value): candidates = [value]
      case .in(let values): candidates = values
      default: continue
      }
      let passes = candidates.contains { candidate in
        tests.enumerated().allSatisfy { other, test in
          var effort = Effort()
          return other == index || test.truth(of: candidate.json, &effort) == .holds
        }
      }
      if !passes { return "what '\(test.key)' names does not pass the other tests" }
    }
    return nil
  }

  private static func contradictionOfNumbers(_ tests: [ValueTest]) -> String? {
    let comparisons = tests.compactMap { test in
      if case .compares(let comparison) = test { comparison } else { nil }
    }
    let lower = comparisons.filter(\.isLower)
    let upper = comparisons.filter(\.isUpper)
    for low in lower {
      for high in upper
      where low.bound > high.bound || low.bound == high.bound && low.excludes(high) {
        return "no number is \(low.words) and \(high.words)"
      }
    }
    return nil
  }

  private static func contradictionOfLengths(_ tests: [ValueTest]) -> String? {
    var (lowest, highest) = (0, Int.max)
    for case .length(let comparisons) in tests {
      for comparison in comparisons {
        let bound = Int(comparison.bound.description) ?? 0
        switch comparison.relation {
        case .equals: (lowest, highest) = (max(lowest, bound), min(highest, bound))
        case .greater: lowest = max(lowest, bound + 1)
        case .greaterOrEqual: lowest = max(lowest, bound)
        case .less: highest = min(highest, bound - 1)
        case .lessOrEqual: highest = min(highest, bound)
        }
      }
    }
    return lowest > highest ? "there is no such length" : nil
  }
}

extension ValueTest.Comparison {
  fileprivate var isLower: Bool { relation == .greater || relation == .greaterOrEqual }
  fileprivate var isUpper: Bool { relation == .less || relation == .lessOrEqual }
  fileprivate var words: String { "\(relation.rawValue) \(bound)" }

  /// Whether the common bound of both is left out by one.
  fileprivate func excludes(_ other: ValueTest.Comparison) -> Bool {
    relation == .greater || other.relation == .less
  }
}
