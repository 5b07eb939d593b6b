import IntaglioFormat
import IntaglioState
import IntaglioTestSupport
import Testing

/// What a state has or lacks is shown to those who have its root's id alone.
@Suite struct ProofTests {
  private let entries: [StateEntry]
  private let tree: StateTree

  init() {
    entries = (1...300).map { StateEntry(NumberedState.key($0 * 2), "\($0)") }
    let store = MemoryStore()
    let root = store.append(StateTree.building(entries, chunking: .small))
    tree = StateTree(root: root, chunking: .small, in: store)
  }

  @Test func everyEntryAndEveryGapIsProven() throws {
    for number in 0...602 {
      let key = NumberedState.key(number)
      let proof = try tree.proof(of: key)
      let expected = try tree.entry(for: key).map {
        StateProof.Statement.present(valueID: $0.valueID, valueByteCount: $0.valueByteCount)
      }
      #expect((expected == nil) == (number % 2 == 1 || number == 0 || number == 602))
      #expect(try proof.check(key, under: tree.root.id) == expected ?? .absent)
      let decoded = try StateProof(decoding: proof.encoded)
      #expect(decoded == proof)
    }
  }

  @Test func theProvenValueIsThatOfTheSaltAndTheBytes() throws {
    let proof = try tree.proof(of: NumberedState.key(10))
    let statement = try proof.check(NumberedState.key(10), under: tree.root.id)
    let value = Array("5".utf8)
    #expect(statement == .present(valueID: salt.valueID(of: value), valueByteCount: 1))
  }

  @Test func theEmptyStateProvesThatItHasNothing() throws {
    let empty = StateTree(root: .empty, chunking: .normal, in: MemoryStore())
    let proof = try empty.proof(of: StateKey("c", "key"))
    #expect(try proof.check(StateKey("c", "key"), under: StateRoot.empty.id) == .absent)
    #expect(try StateProof(decoding: proof.encoded) == proof)
    #expect(throws: StateProofError.self) {
      try proof.check(StateKey("c", "key"), under: tree.root.id)
    }
  }

  @Test(arguments: [0, 1, 2, 300, 301, 600, 602])
  func everyAlteredByteIsFound(_ number: Int) throws {
    let key = NumberedState.key(number)
    let bytes = try tree.proof(of: key).encoded
    let statement = try StateProof(decoding: bytes).check(key, under: tree.root.id)
    for offset in bytes.indices {
      for bits in [1, 0x80, 0xFF] as [UInt8] {
        var altered = bytes
        altered[offset] ^= bits
        let result = Result {
          try StateProof(decoding: altered).check(key, under: tree.root.id)
        }
        #expect((try? result.get()) == nil, "byte \(offset), statement \(statement)")
      }
    }
  }

  @Test func truncatedLongerAndReorderedProofsAreRefused() throws {
    let key = NumberedState.key(300)
    let bytes = try tree.proof(of: key).encoded
    for count in 0..<bytes.count {
      #expect(throws: StateProofError.self) {
        try StateProof(decoding: Array(bytes.prefix(count)))
      }
    }
    #expect(throws: StateProofError.self) { try StateProof(decoding: bytes + [0]) }
    // A node too few at the end, or one more.
    let nodes = Self.nodes(bytes)
    for others in [
      Array(nodes.dropLast()), Array(nodes.dropFirst()), nodes + [nodes.last!], nodes.reversed(),
    ] {
      #expect(throws: StateProofError.self) {
        try StateProof(decoding: Self.joined(others)).check(key, under: tree.root.id)
      }
    }
  }

  @Test func aProofIsOfItsRootAndOfItsKey() throws {
    let key = NumberedState.key(300)
    let proof = try tree.proof(of: key)
    let other = StateTree.building(entries.dropLast(), chunking: .small).rootID
    #expect(throws: StateProofError.self) { try proof.check(key, under: other) }
    // Of another key it says what is true, or nothing.
    for number in 0...602 {
      let other = NumberedState.key(number)
      guard let statement = try? proof.check(other, under: tree.root.id) else { continue }
      #expect(try statement == tree.proof(of: other).check(other, under: tree.root.id))
    }
  }

  /// A root of ill will cannot prove two things about a key.
  @Test(arguments: HostileNode.allCases)
  func proofsThroughBadNodesAreRefused(_ node: HostileNode) throws {
    let nodes = node.nodes
    let identities = [nodes[2], nodes[0]].map { $0.dropLast(Int($0[4]) * 8) }.map(Array.init)
    let proof = try StateProof(decoding: Self.joined(identities))
    // One that lies in the first leaf, wherever the second begins.
    let key = StateKey("c", "5")
    let rootID = nodeID(ofPayload: nodes[2])
    if node == .none || node.isBadInPlacesOnly {
      #expect(try proof.check(key, under: rootID) != .absent)
    } else {
      #expect(throws: StateProofError.self) { try proof.check(key, under: rootID) }
    }
  }

  @Test func randomBytesAreNoProof() {
    var generator = SeededGenerator()
    for _ in 0..<2_000 {
      let bytes = generator.bytes(count: Int.random(in: 0...200, using: &generator))
      guard let proof = try? StateProof(decoding: bytes) else { continue }
      #expect(throws: StateProofError.self) {
        try proof.check(NumberedState.key(2), under: tree.root.id)
      }
    }
  }

  private static func nodes(_ proof: [UInt8]) -> [[UInt8]] {
    var nodes: [[UInt8]] = []
    var rest = proof.dropFirst()
    while !rest.isEmpty {
      let count = Int(proof.rawSpan.integer(at: rest.startIndex, as: UInt32.self))
      nodes.append(Array(rest.dropFirst(4).prefix(count)))
      rest = rest.dropFirst(4 + count)
    }
    return nodes
  }

  private static func joined(_ nodes: [[UInt8]]) -> [UInt8] {
    var bytes = [UInt8(nodes.count)]
    for node in nodes {
      bytes.append(integer: UInt32(node.count))
      bytes += node
    }
    return bytes
  }
}
