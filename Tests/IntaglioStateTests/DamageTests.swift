import IntaglioFormat
import IntaglioState
import IntaglioTestSupport
import Testing

/// Nodes are read from hostile bytes: what they are not is an error, and nothing traps.
@Suite struct DamageTests {
  private let entries = (0..<60).map { StateEntry(NumberedState.key($0 * 2), "\($0)", at: 1) }
  private let store = MemoryStore(first: 2)
  private let tree: StateTree

  init() {
    let root = store.append(StateTree.building(entries, chunking: .small))
    tree = StateTree(root: root, chunking: .small, in: store)
  }

  @Test func everyAlteredByteOfEveryNodeIsFoundByItsId() throws {
    for record in 2..<store.count {
      let sequence = SequenceNumber(UInt64(record))
      let payload = store.payload(at: sequence)
      let placesOffset = payload.count - Int(payload[4]) * 8
      for offset in payload.indices {
        var altered = payload
        altered[offset] ^= 0x81
        store.replace(sequence, with: altered)
        let found = Result { try useAll() }
        if offset < placesOffset || payload[0] > 0 {
          // In a leaf's places only the record's own digest finds it.
          #expect(throws: StateError.self) { try found.get() }
        }
      }
      store.replace(sequence, with: payload)
    }
    try useAll()
  }

  @Test func aNodeThatIsShorterOrLongerIsDamaged() {
    for record in 2..<store.count {
      let sequence = SequenceNumber(UInt64(record))
      let payload = store.payload(at: sequence)
      for count in 0..<payload.count {
        store.replace(sequence, with: Array(payload.prefix(count)))
        #expect(throws: StateError.self) { try tree.all }
      }
      store.replace(sequence, with: payload + [0])
      #expect(throws: StateError.self) { try tree.all }
      store.replace(sequence, with: payload)
    }
  }

  @Test func nodesOfOtherPlacesAreNotTaken() {
    for record in 2..<store.count {
      for other in 0..<store.count where other != record {
        let sequence = SequenceNumber(UInt64(record))
        let payload = store.payload(at: sequence)
        store.replace(sequence, with: store.payload(at: SequenceNumber(UInt64(other))))
        #expect(throws: StateError.self) { try tree.all }
        store.replace(sequence, with: payload)
      }
    }
  }

  /// Whoever writes the log can give bad nodes their right ids: each defect is told apart from a good node.
  @Test(arguments: HostileNode.allCases)
  func aNodeWithARightIdButABadEncodingIsDamaged(_ node: HostileNode) throws {
    let store = MemoryStore(first: 20)
    let tree = Self.tree(node.nodes, in: store)
    if node == .none {
      #expect(try tree.all.count == 4)
      return
    }
    let error = #expect(throws: StateError.self) { try tree.all }
    #expect("\(error!)".contains(node.defect), "\(error!)")
    let changes = [0, 5, 9].map { StateChange.remove(StateKey("c", "\($0)")) }
    _ = try? tree.applying(changes)
    _ = try? tree.entryCountsByComponent()
    _ = try? tree.listDifferences(to: self.tree)
  }

  @Test func randomAndAlteredBytesWithRightIdsNeverTrap() {
    var generator = SeededGenerator()
    for _ in 0..<3_000 {
      let store = MemoryStore(first: 20)
      var nodes = HostileNode.none.nodes
      alter(&nodes[0], &generator)
      nodes[2] = HostileNode.none.root(above: nodes[0])
      if Bool.random(using: &generator) { alter(&nodes[2], &generator) }
      let tree = Self.tree(nodes, in: store)
      _ = try? tree.all
      _ = try? tree.applying([
        .remove(StateKey("c", "0")), .set(StateEntry(StateKey("c", "7"), "x")),
      ])
      _ = try? tree.entryCountsByComponent()
      _ = try? self.tree.listDifferences(to: tree)
      _ = try? tree.proof(of: StateKey("c", "7")).check(StateKey("c", "7"), under: tree.root.id)
    }
  }

  private static func tree(_ nodes: [[UInt8]], in store: MemoryStore) -> StateTree {
    let update = StateUpdate(nodes: nodes, rootID: nodeID(ofPayload: nodes.last!))
    return StateTree(root: store.append(update), chunking: .small, in: store)
  }

  /// Some bytes become others, or all.
  private func alter(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
    for _ in 0..<Int.random(in: 0...3, using: &generator) {
      let offset = Int.random(in: bytes.indices, using: &generator)
      let any = UInt8.random(in: 0...255, using: &generator)
      bytes[offset] = [0, 1, 255, any].randomElement(using: &generator)!
    }
    if Int.random(in: 0..<20, using: &generator) == 0 {
      bytes = generator.bytes(count: Int.random(in: 0...300, using: &generator))
    }
  }

  @Test func aValueWithTheIdOfASubtreeIsNotTakenForIt() throws {
    let store = MemoryStore(first: 20)
    let large = Self.tree(HostileNode.none.nodes, in: store)
    let entry = StateEntry(
      key: StateKey("c", "0"), valueByteCount: 3,
      valueID: nodeID(ofPayload: HostileNode.none.nodes[0]), sequence: 1)
    let root = store.append(StateTree.building([entry], chunking: .small))
    let small = StateTree(root: root, chunking: .small, in: store)
    #expect(try small.listDifferences(to: large).count == 4)
    #expect(try large.listDifferences(to: small).count == 4)
  }

  @Test func anErrorOfTheStoreComesThroughAsItIs() {
    struct Failure: Error {}
    struct FailingStore: NodeStore {
      func withNode<R>(
        at sequence: SequenceNumber, _ body: (RawSpan) throws(StateError) -> R
      ) throws(StateError) -> R { throw .store(Failure()) }
    }
    let tree = StateTree(root: self.tree.root, chunking: .small, in: FailingStore())
    #expect {
      try tree.all
    } throws: { error in
      if case StateError.store(let cause) = error { cause is Failure } else { false }
    }
  }

  /// Reads all, changes something everywhere, and compares.
  private func useAll() throws {
    try #require(tree.all.map(\.key) == entries.map(\.key))
    let changes = entries.map { StateChange.set(StateEntry($0.key, "other", at: 1)) }
    _ = try tree.applying(changes)
    for entry in entries { _ = try tree.proof(of: entry.key).check(entry.key, under: tree.root.id) }
  }
}
