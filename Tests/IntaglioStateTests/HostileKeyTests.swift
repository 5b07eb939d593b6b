import IntaglioFormat
import IntaglioState
import IntaglioTestSupport
import Testing

/// Keys chosen by someone who knows the salt make changes dear; sizes and depth stay within their bounds.
@Suite struct HostileKeyTests {
  enum Order: CaseIterable, Sendable { case ascending, descending, equalSteps }

  @Test(arguments: Order.allCases)
  func keysGroundForTheirBoundaryValuesMakeNoLargeNodesAndNoDeepTrees(_ order: Order) throws {
    let keys = Self.ground(200, order)
    var model = Model()
    for (index, key) in keys.enumerated() { model.entries[key] = StateEntry(key, "\(index)") }
    let update = StateTree.building(model.sorted, chunking: .small)
    try Self.checkBounds(update, model.sorted, .small)
    // From every third key on, one is taken away and put back: it cascades, and is right.
    let store = MemoryStore()
    let root = store.append(update)
    let tree = StateTree(root: root, chunking: .small, in: store)
    for key in stride(from: 0, to: keys.count, by: 3).map({ keys[$0] }) {
      var fewer = model
      fewer.apply([.remove(key)])
      let removal = try tree.applying([.remove(key)])
      #expect(removal.rootID == StateTree.building(fewer.sorted, chunking: .small).rootID)
      #expect(removal.nodes.count <= update.nodes.count + 1)
      let without = StateTree(root: store.append(removal), chunking: .small, in: store)
      let back = try without.applying([.set(model.entries[key]!)])
      #expect(back.rootID == root.id)
      #expect(try without.listDifferences(to: tree).map(\.key) == [key])
    }
  }

  @Test(arguments: KeyKind.allCases)
  func everyKeySetGivesNodesAndDepthWithinTheBounds(_ kind: KeyKind) throws {
    var generator = SeededGenerator()
    var model = Model()
    for number in 0..<600 {
      let key = kind.key(&generator)
      model.entries[key] = StateEntry(key, "\(number)")
    }
    let update = StateTree.building(model.sorted, chunking: kind.chunking)
    try Self.checkBounds(update, model.sorted, kind.chunking)
  }

  @Test func keysOfTheLargestSizeFitTwoToANode() throws {
    let component = String(repeating: "c", count: 64)
    let entries = (0..<400).map { number in
      let key = [UInt8](repeating: 1, count: 1022) + [UInt8(number >> 8), UInt8(number & 255)]
      return StateEntry(StateKey(component: component, key: key)!, "value")
    }
    let update = StateTree.building(entries, chunking: .normal)
    try Self.checkBounds(update, entries, .normal)
    let store = MemoryStore()
    let tree = StateTree(root: store.append(update), chunking: .normal, in: store)
    #expect(try tree.all == entries)
    for index in stride(from: 0, to: 400, by: 37) {
      let changed = try tree.applying([.remove(entries[index].key)])
      var rest = entries
      rest.remove(at: index)
      #expect(changed.rootID == StateTree.building(rest, chunking: .normal).rootID)
    }
  }

  /// All but the last node of a level have the smallest size and two items or more, none has more than the largest, and
  /// nodes halve from level to level.
  static func checkBounds(
    _ update: StateUpdate, _ entries: [StateEntry], _ chunking: Chunking
  ) throws {
    let naive = NaiveTree(entries, chunking)
    try #require(update.rootID == naive.rootID)
    var itemCount = entries.count
    for nodes in naive.levels {
      for (index, identity) in nodes.enumerated() {
        let byteCount = identity.count - 8
        #expect(byteCount <= chunking.maximumByteCount)
        guard index + 1 < nodes.count else { continue }
        #expect(byteCount >= chunking.minimumByteCount)
        #expect(identity.rawSpan.integer(at: 4, as: UInt32.self) >= 2)
      }
      #expect(nodes.count <= (itemCount + 1) / 2)
      itemCount = nodes.count
    }
    #expect(naive.levels.count <= Int.bitWidth - entries.count.leadingZeroBitCount + 1)
  }

  /// Keys whose boundary values in the leaves are in that order.
  private static func ground(_ count: Int, _ order: Order) -> [StateKey] {
    let step = UInt64.max / UInt64(count)
    return (0..<count).map { number in
      let slot =
        switch order {
        case .ascending: number
        case .descending: count - 1 - number
        case .equalSteps: number % 7
        }
      var nonce: UInt16 = 0
      while true {
        let key =
          [UInt8(number >> 8), UInt8(number & 255), UInt8(nonce >> 8), UInt8(nonce & 255)]
        let value = NaiveTree.boundaryValue(Array("c".utf8), key, 0)
        if value / step == UInt64(slot) { return StateKey(component: "c", key: key)! }
        nonce += 1
      }
    }
  }
}
