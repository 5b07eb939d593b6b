import IntaglioFormat
import IntaglioState
import IntaglioTestSupport
import Testing

/// What changes, lookups and differences cost: nodes and bytes, never clocks.
@Suite struct CostTests {
  /// How many keys a state has, and how many changes are made at once.
  struct Load: Sendable, CustomTestStringConvertible {
    var keyCount: Int
    var changeCount: Int
    var testDescription: String { "\(changeCount) of \(keyCount)" }
  }

  static var loads: [Load] {
    #if DEBUG
      let keyCounts = [1_000, 20_000]
    #else
      let keyCounts = [1_000, 100_000, 1_000_000]
    #endif
    return keyCounts.flatMap { keyCount in
      [1, 100, 10_000].filter { $0 <= keyCount }
        .map { Load(keyCount: keyCount, changeCount: $0) }
    }
  }

  @Test(arguments: loads)
  func otherValuesWriteTheNodesAboveThemAndNoMore(_ load: Load) throws {
    var generator = SeededGenerator()
    let state = NumberedState(load.keyCount)
    let numbers = (0..<load.keyCount).shuffled(using: &generator).prefix(load.changeCount)
    let changes = numbers.sorted().map { StateChange.set(state.entry($0 * 2, "other")) }
    let cost = try state.cost(of: changes)
    print("values", load.testDescription, cost)
    // A node for each level and change at most, and never more than all.
    #expect(cost.nodeCount <= min(load.changeCount * state.levelCount, state.nodeCount))
    #expect(cost.readCount <= min(load.changeCount * 6 * state.levelCount, state.nodeCount))
  }

  @Test(arguments: loads)
  func newKeysAndRemovalsWriteLittleMore(_ load: Load) throws {
    var generator = SeededGenerator()
    let state = NumberedState(load.keyCount)
    let numbers = (0..<load.keyCount).shuffled(using: &generator).prefix(load.changeCount)
    let changes = numbers.sorted().map { number -> StateChange in
      number % 2 == 0
        ? .set(state.entry(number * 2 + 1, "new")) : .remove(state.key(number * 2))
    }
    let cost = try state.cost(of: changes)
    print("keys", load.testDescription, cost)
    // Half as much again, as boundaries move, and room for the luck of the few.
    #expect(cost.nodeCount <= load.changeCount * state.levelCount * 3 / 2 + 8)
    #expect(cost.readCount <= load.changeCount * 9 * state.levelCount + 8)
  }
}

/// A state whose keys are the even numbers in decimal.
struct NumberedState {
  let tree: StateTree
  let nodeCount: Int
  let levelCount: Int
  private let store = MemoryStore()

  init(_ keyCount: Int) {
    var builder = StateBuilder(chunking: .normal)
    for number in 0..<keyCount { builder.append(Self.entry(number * 2, "value")) }
    let id = builder.finish()
    let update = StateUpdate(nodes: builder.takeNodes(), rootID: id)
    tree = StateTree(root: store.append(update), chunking: .normal, in: store)
    nodeCount = update.nodes.count
    levelCount = Int(update.nodes.last![0]) + 1
  }

  static func entry(_ number: Int, _ value: String) -> StateEntry {
    StateEntry(key(number), value, at: 1)
  }

  static func key(_ number: Int) -> StateKey {
    let digits = String(number)
    return StateKey("memory", "key-" + String(repeating: "0", count: 8 - digits.count) + digits)
  }

  func key(_ number: Int) -> StateKey { Self.key(number) }
  func entry(_ number: Int, _ value: String) -> StateEntry { Self.entry(number, value) }

  struct Cost: CustomStringConvertible {
    var nodeCount: Int
    var byteCount: Int
    var readCount: Int
    var description: String {
      "nodes \(nodeCount) bytes \(byteCount) reads \(readCount)"
    }
  }

  func cost(of changes: [StateChange]) throws -> Cost {
    _ = store.takeReads()
    let update = try tree.applying(changes)
    return Cost(
      nodeCount: update.nodes.count, byteCount: update.nodes.reduce(0) { $0 + $1.count },
      readCount: store.takeReads().count)
  }
}
