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
    if !Kind.allCases.contains(where: { kind in tests.allSatisfy { $0.accepts(kind) } }) {
      let picky = tests.filter { test in !Kind.allCases.allSatisfy(test.accepts) }
      let keys = Set(picky.map(\.key)).sorted().joined(separator: " and ")
      return "\(keys) ask for different kinds of values"
    }
    return contradictionOfNumbers(tests) ?? contradictionOfLengths(tests)
      ?? contradictionOfValues(tests)
  }

  /// A value that is named has to pass all tests; one choice of values is enough to look at, the narrowest.
  private static func contradictionOfValues(_ tests: [ValueTest]) -> String? {
    var candidates: (test: ValueTest, values: [PolicyValue])?
    for test in tests {
      switch test {
      case .equals(let value) where candidates?.values.count != 1: candidates = (test, [value])
      case .in(let values) where values.count < candidates?.values.count ?? .max:
        candidates = (test, values)
      default: break
      }
    }
    guard let candidates, candidates.values.count * tests.count <= tryCount else { return nil }
    let passes = candidates.values.contains { candidate in
      let value = candidate.json
      return tests.allSatisfy { test in
        var effort = Effort()
        return test.truth(of: value, &effort) == .holds
      }
    }
    return passes ? nil : "what '\(candidates.test.key)' names does not pass the other tests"
  }

  /// How often a value is tried against a test, so that reading a policy takes no more than its size allows.
  private static let tryCount = 100_000

  private static func contradictionOfNumbers(_ tests: [ValueTest]) -> String? {
    let comparisons = tests.compactMap { test in
      if case .compares(let comparison) = test { comparison } else { nil }
    }
    // The strictest of each side, and of two with one bound that which leaves it out.
    let low = comparisons.filter(\.isLower).max {
      ($0.bound, $0.isStrict ? 1 : 0) < ($1.bound, $1.isStrict ? 1 : 0)
    }
    let high = comparisons.filter(\.isUpper).min {
      ($0.bound, $0.isStrict ? 0 : 1) < ($1.bound, $1.isStrict ? 0 : 1)
    }
    guard let low, let high else { return nil }
    let isEmpty =
      low.bound > high.bound || low.bound == high.bound && (low.isStrict || high.isStrict)
    return isEmpty ? "no number is \(low.words) and \(high.words)" : nil
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

  /// Whether it leaves its bound out.
  fileprivate var isStrict: Bool { relation == .greater || relation == .less }
}
