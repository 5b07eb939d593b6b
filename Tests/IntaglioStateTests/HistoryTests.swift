import IntaglioFormat
import IntaglioState
import IntaglioTestSupport
import Testing

/// Random histories of changes against a plain dictionary.
@Suite struct HistoryTests {
  @Test(arguments: KeyKind.allCases)
  func everyHistoryOfChangesGivesTheTreeThatItsContentsAloneGive(_ kind: KeyKind) throws {
    var generator = SeededGenerator()
    for _ in 0..<kind.historyCount {
      var history = History(kind, seed: generator.next())
      try history.run()
    }
  }
}

/// Which keys a history uses, in which nodes.
enum KeyKind: CaseIterable, Sendable {
  case tiny, small, smallComponents, normal, normalComponents, long, longPrefix

  var chunking: Chunking {
    switch self {
    case .tiny: .tiny
    case .small, .smallComponents: .small
    default: .normal
    }
  }

  /// Few where the code under test is slow.
  var historyCount: Int {
    #if DEBUG
      chunking == .normal ? 3 : 15
    #else
      chunking == .normal ? 150 : 900
    #endif
  }

  func key(_ generator: inout SeededGenerator) -> StateKey {
    switch self {
    case .tiny:
      let key = generator.bytes(count: Int.random(in: 1...2, using: &generator))
      return StateKey(component: "c", key: key)!
    case .small, .normal:
      let number = Int.random(in: 0..<3_000, using: &generator)
      return StateKey("memory", String(number, radix: 36))
    case .smallComponents, .normalComponents:
      let components = ["a", "aa", "ab", "b", "memory", "y", "z"]
      let key = generator.bytes(count: Int.random(in: 1...6, using: &generator)).map { $0 & 7 }
      return StateKey(component: components.randomElement(using: &generator)!, key: key)!
    case .long:
      let count = Int.random(in: 900...1024, using: &generator)
      let component = String(repeating: "c", count: 64)
      return StateKey(component: component, key: generator.bytes(count: count))!
    case .longPrefix:
      let end = generator.bytes(count: 2).map { $0 & 63 }
      return StateKey(component: "p", key: [UInt8](repeating: 7, count: 1000) + end)!
    }
  }
}

/// One history: batches of changes to a tree and to a model of it, compared after each.
struct History {
  private let kind: KeyKind
  private let seed: UInt64
  private var generator: SeededGenerator
  private let store = MemoryStore(first: 3)
  private var model = Model()
  private var tree: StateTree
  private var sequence: UInt64 = 1

  init(_ kind: KeyKind, seed: UInt64) {
    self.kind = kind
    self.seed = seed
    generator = SeededGenerator(seed: seed)
    tree = StateTree(root: .empty, chunking: kind.chunking, in: store)
  }

  mutating func run() throws {
    for _ in 0..<Int.random(in: 3...12, using: &generator) {
      let changes = batch()
      var changed = model
      changed.apply(changes)
      let update = try tree.applying(changes)
      let oracle = StateTree.building(changed.sorted, chunking: kind.chunking)
      try #require(update.rootID == oracle.rootID, "seed \(seed)")
      let before = tree
      let recordCount = store.count
      let root = store.append(update, after: Int.random(in: 0...2, using: &generator))
      tree = StateTree(root: root, chunking: kind.chunking, in: store)
      let differences = try before.listDifferences(to: tree)
      try #require(differences == model.differences(to: changed), "seed \(seed)")
      try #require(
        tree.listDifferences(to: before) == changed.differences(to: model), "seed \(seed)")
      model = changed
      try checkReading(oldRecordCount: recordCount)
      try checkNodes(update)
    }
  }

  /// Changes as they come, and sometimes runs, all, or only what changes nothing.
  private mutating func batch() -> [StateChange] {
    var changes: [StateKey: StateChange] = [:]
    let present = model.sorted
    switch Int.random(in: 0..<10, using: &generator) {
    case 0:
      for entry in present { changes[entry.key] = .remove(entry.key) }
    case 1:
      for entry in present { changes[entry.key] = .set(entry) }
    case 2, 3:
      let from = Int.random(in: 0...present.count, using: &generator)
      let upTo = Int.random(in: from...present.count, using: &generator)
      for entry in present[from..<upTo] { changes[entry.key] = .remove(entry.key) }
    default: break
    }
    let counts = [1, 1, 3, 30, 300]
    for _ in 0..<Int.random(in: 0...counts.randomElement(using: &generator)!, using: &generator) {
      let isOld = Int.random(in: 0..<3, using: &generator) == 0
      let key =
        (isOld ? present.randomElement(using: &generator)?.key : nil)
        ?? kind.key(&generator)
      let isRemoval = Int.random(in: 0..<3, using: &generator) == 0
      sequence += 1
      let value = "\(Int.random(in: 0..<4, using: &generator))"
      changes[key] =
        isRemoval ? .remove(key) : .set(StateEntry(key, value, at: SequenceNumber(sequence)))
    }
    return changes.values.sorted { $0.key < $1.key }
  }

  private mutating func checkReading(oldRecordCount: Int) throws {
    let sorted = model.sorted
    try #require(tree.all == sorted, "seed \(seed)")
    try #require(tree.entryCount == UInt64(sorted.count), "seed \(seed)")
    let counts = Dictionary(grouping: sorted, by: \.key.component).mapValues { UInt64($0.count) }
    let found = try tree.entryCountsByComponent()
    try #require(
      found.map(\.component) == counts.keys.sorted { StateKey($0, "x") < StateKey($1, "x") })
    try #require(found.allSatisfy { counts[$0.component] == $0.entryCount }, "seed \(seed)")
    for _ in 0..<8 {
      let key = kind.key(&generator)
      try #require(tree.entry(for: key) == model.entries[key], "seed \(seed)")
      let rest = sorted.filter { $0.key >= key }
      try #require(tree.list(tree.entries(from: key)) == rest, "seed \(seed)")
      let component = key.component
      try #require(
        tree.list(tree.entries(in: component)) == sorted.filter { $0.key.component == component })
      try #require(
        tree.list(tree.entries(from: key, in: component))
          == rest.filter { $0.key.component == component })
    }
    for entry in sorted.shuffled(using: &generator).prefix(8) {
      try #require(tree.entry(for: entry.key) == entry, "seed \(seed)")
    }
  }

  /// Every new node is reached from the root, and within the bounds.
  private func checkNodes(_ update: StateUpdate) throws {
    guard !update.nodes.isEmpty else { return }
    _ = store.takeReads()
    _ = try tree.all
    let reads = Set(store.takeReads())
    let first = store.count - update.nodes.count
    for (index, payload) in update.nodes.enumerated() {
      try #require(reads.contains(SequenceNumber(UInt64(first + index))), "seed \(seed)")
      let itemCount = payload.rawSpan.integer(at: 4, as: UInt32.self)
      let itemsByteCount = payload.count - 8 - Int(itemCount) * 8
      try #require(itemsByteCount <= kind.chunking.maximumByteCount, "seed \(seed)")
    }
  }
}
