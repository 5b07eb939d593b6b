/// What checkpoints, rollbacks and comparisons cost, by the size of the state and by what changed.
struct StateWorkload: Workload {
  var name: String { "state" }
  var title: String { "State: checkpoint, rollback, difference" }
  var explanation: String {
    """
    A map with values of 100 B and copies that one can come back to, all of it durable. Intaglio makes a checkpoint \
    of the nodes that changed; the peers copy the table or database, for a savepoint of theirs ends with its transaction, \
    and keep no chain. The changes were made before the clock ran. A rollback goes back over 100 changes, a difference finds them.
    """
  }
  var unit: Unit { .milliseconds }
  var plot: Plot { .linesAndBars }
  var axis: String? { "keys in the state: a checkpoint of \(KeptState.differenceCount) changes" }

  func cases(_ context: Context) -> [Case] {
    context.settings.stateSizes.flatMap { size -> [Case] in
      let states = StateContender.all.map { KeptState(context, $0, size: size) }
      let checkpoints = [1, 100, 10_000].filter { $0 <= size }.map { count in
        self.case(
          "checkpoint, \(size) keys, \(count) changed",
          x: count == KeptState.differenceCount ? Double(size) : nil, states
        ) { state in
          let store = try state.store()
          try state.change(count)
          return try timing { try store.checkpoint() }
        }
      }
      return checkpoints + [
        self.case("rollback, \(size) keys", states) { state in
          let store = try state.differing()
          return try timing { try store.rollBack() }
        },
        self.case("difference, \(size) keys", states) { state in
          let store = try state.differing()
          return try timing {
            let found = try store.countDifferences()
            guard found == KeptState.differenceCount else {
              throw ContenderError("\(found) differences were found")
            }
          }
        },
        self.case("read an old checkpoint, \(size) keys", states, isLast: true) { state in
          let store = try state.differing()
          return try timing {
            guard try store.readKept(size / 2) == Corpus.stateValueByteCount else {
              throw ContenderError("the old state has lost a key")
            }
          }
        },
      ]
    }
  }

  private func `case`(
    _ label: String, x: Double? = nil, _ states: [KeptState], isLast: Bool = false,
    _ measure: @escaping (KeptState) throws -> Sample
  ) -> Case {
    Case(
      label: label, x: x,
      entrants: states.map { state in
        Entrant(
          name: state.contender.name, measure: { try measure(state) },
          finish: { if isLast { try state.close() } })
      })
  }

  private func timing(_ body: () throws -> Void) throws -> Sample {
    let meter = Meter()
    try body()
    return meter.sample(meter.seconds * 1000, count: 1)
  }
}

/// A state of some size, filled at its first use.
private final class KeptState {
  let context: Context
  let contender: StateContender
  let size: Int
  private var opened: (any StateStore)?
  private var directory: String?
  private var round = 0

  init(_ context: Context, _ contender: StateContender, size: Int) {
    self.context = context
    self.contender = contender
    self.size = size
  }

  func store() throws -> any StateStore {
    if let opened { return opened }
    let directory = try context.makeDirectory("state " + contender.name)
    self.directory = directory
    let store = try contender.open(directory, context.corpus)
    try store.set(0..<size, stride: 1, round: 0)
    try store.checkpoint()
    opened = store
    return store
  }

  static let differenceCount = 100

  /// The store, whose last two kept states differ in a hundred keys.
  func differing() throws -> any StateStore {
    let store = try store()
    try store.checkpoint()
    try change(Self.differenceCount)
    try store.checkpoint()
    return store
  }

  /// Changes `count` keys that are spread over the state.
  func change(_ count: Int) throws {
    round += 1
    let stride = size / count
    let first = round % stride
    try store().set(first..<first + (count - 1) * stride + 1, stride: stride, round: round)
  }

  func close() throws {
    try opened?.close()
    opened = nil
    if let directory { context.remove(directory) }
  }
}
