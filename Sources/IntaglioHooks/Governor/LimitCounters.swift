internal import Intaglio

/// How much of each limit is used: what ended runs used, as the governor's state has it, and what live runs have reserved.
///
/// A reservation is made before a call and never given back, whatever comes of the call.
struct LimitCounters {
  private let space: StateSpace
  /// What is known of the state, for the keys of live runs.
  private var settled: [CounterKey: LimitCount] = [:]
  /// What live runs have reserved besides.
  private var reserved: [CounterKey: LimitCount] = [:]

  /// The component of the governor's state that has the counts.
  static let component = "limit"
  private static let cacheLimit = 10_000

  init(space: StateSpace) { self.space = space }

  /// What of the limit is used, or nil if that is more than can be counted.
  mutating func count(_ key: CounterKey) throws(LogError) -> LimitCount? {
    try settledCount(key).adding(reserved[key] ?? .zero)
  }

  mutating func reserve(_ amount: LimitCount, _ key: CounterKey) { reserved.add(amount, key) }

  /// Moves what a run that ended had reserved into the governor's state.
  func settle(
    _ amounts: [CounterKey: LimitCount], in transaction: inout StateTransaction
  ) throws(LogError) {
    for (key, amount) in amounts where key.scope != .run {
      let before = try Self.count(key, transaction.value(Self.component, key.stateKey))
      let after = before.adding(amount) ?? before
      try transaction.set(Array(after.description.utf8), Self.component, key.stateKey)
    }
  }

  /// Forgets the reservations of a run that was settled.
  mutating func forget(_ amounts: [CounterKey: LimitCount]) {
    if settled.count > Self.cacheLimit { settled = [:] }
    for (key, amount) in amounts {
      settled[key] = nil
      release(amount, key)
    }
  }

  /// Takes back a reservation that is counted elsewhere from now on, or was never recorded.
  mutating func release(_ amount: LimitCount, _ key: CounterKey) {
    let rest = reserved[key]?.subtracting(amount)
    reserved[key] = rest == .zero ? nil : rest
  }

  private mutating func settledCount(_ key: CounterKey) throws(LogError) -> LimitCount {
    if key.scope == .run { return .zero }
    if let known = settled[key] { return known }
    let count = try Self.count(key, space.value(Self.component, key.stateKey))
    settled[key] = count
    return count
  }

  private static func count(_ key: CounterKey, _ value: [UInt8]?) throws(LogError) -> LimitCount {
    guard let value else { return .zero }
    guard let count = LimitCount(String(decoding: value, as: UTF8.self)) else {
      throw LogError(
        .damaged, "the count of the limit \(key.limit) in the governor's state is no number",
        verdict: .corrupt)
    }
    return count
  }
}

extension [CounterKey: LimitCount] {
  /// Adds `amount`, which was held against the limit: it never exceeds what can be counted.
  mutating func add(_ amount: LimitCount, _ key: CounterKey) {
    self[key] = (self[key] ?? .zero).adding(amount) ?? self[key]
  }
}
