import IntaglioFormat
import IntaglioState
import IntaglioTestSupport
import Testing

/// The bytes are those of FileFormat, "State tree".
@Suite struct SpecificationTests {
  @Test func aSmallStateHasTheBytesOfTheSpecification() throws {
    let first = StateEntry(StateKey("a", "k"), "one", at: 7)
    let second = StateEntry(StateKey("ab", "key"), "", at: 0x0102)
    let update = StateTree.building([first, second], chunking: .normal)
    let identity: [UInt8] =
      [0, 0, 0, 0, 2, 0, 0, 0]
      + [1, 1, 0, 3, 0, 0, 0] + Array("ak".utf8)
      + SHA256.hash(Array("intaglio/v1 value\n".utf8) + salt.bytes + Array("one".utf8)).bytes
      + [2, 3, 0, 0, 0, 0, 0] + Array("abkey".utf8)
      + SHA256.hash(Array("intaglio/v1 value\n".utf8) + salt.bytes).bytes
    #expect(update.nodes == [identity + [7, 0, 0, 0, 0, 0, 0, 0] + [2, 1, 0, 0, 0, 0, 0, 0]])
    #expect(update.rootID == SHA256.hash(Array("intaglio/v1 node\n".utf8) + identity))
    // Computed apart from this code: equal ids now and ever after.
    #expect(
      update.rootID.hex == "782554c14d27e6a81eb56fa27bb46a8778ab7f2e31637e4b80d9240033654c3b")
    #expect(
      StateRoot.empty.id.hex == "9f14484a85b4149242790ee4561ea973f25f14616e053cb47f486409d4d184cd")
  }

  @Test func aStateOfThreeLevelsHasTheRootThatAnotherProgramMadeFromTheSpecification() {
    let entries = (0..<20_000).map { NumberedState.entry($0, "\($0)") }
    let update = StateTree.building(entries, chunking: .normal)
    #expect(update.nodes.last![0] == 2)
    #expect(
      update.rootID.hex == "ab62334fc666eb3604e778c0ca20869878272b902376227404c2accf4a7277cd")
  }

  @Test(arguments: KeyKind.allCases)
  func treesAreCutAsTheSpecificationSays(_ kind: KeyKind) {
    var generator = SeededGenerator()
    for count in [0, 1, 2, 3, 10, 100, 300] {
      var model = Model()
      for _ in 0..<count {
        let entry = StateEntry(kind.key(&generator), "\(generator.next() % 100)")
        model.entries[entry.key] = entry
      }
      let update = StateTree.building(model.sorted, chunking: kind.chunking)
      let naive = NaiveTree(model.sorted, kind.chunking)
      #expect(update.rootID == naive.rootID)
      let identities = update.nodes.map { Array($0.dropLast(Int($0[4]) * 8)) }
      #expect(Set(identities) == Set(count == 0 ? [] : naive.levels.flatMap(\.self)))
    }
  }

  @Test func aStreamingBuildGivesTheSameNodesInAnyPieces() {
    var generator = SeededGenerator()
    let entries = (0..<2_000).map { NumberedState.entry($0, "\($0)") }
    let whole = StateTree.building(entries, chunking: .small)
    var builder = StateBuilder(chunking: .small)
    var nodes: [[UInt8]] = []
    for entry in entries {
      builder.append(entry)
      if Int.random(in: 0..<9, using: &generator) == 0 { nodes += builder.takeNodes() }
    }
    #expect(builder.finish() == whole.rootID)
    #expect(nodes + builder.takeNodes() == whole.nodes)
  }

  @Test func aStateHasOneRootWhateverItsHistoryAndAnotherForEveryByteThatDiffers() throws {
    var generator = SeededGenerator()
    let entries = (0..<500).map { NumberedState.entry($0, "\($0)") }
    let root = StateTree.building(entries, chunking: .small).rootID
    for _ in 0..<5 {
      let store = MemoryStore()
      var tree = StateTree(root: .empty, chunking: .small, in: store)
      for entry in entries.shuffled(using: &generator) {
        let update = try tree.applying([.set(entry)])
        tree = StateTree(root: store.append(update), chunking: .small, in: store)
      }
      #expect(tree.root.id == root)
    }
    for index in [0, 250, 499] {
      var other = entries
      other[index] = NumberedState.entry(index, "other")
      #expect(StateTree.building(other, chunking: .small).rootID != root)
      other[index] = StateEntry(StateKey("memory", "key-\(index)"), "\(index)")
      other.sort { $0.key < $1.key }
      #expect(StateTree.building(other, chunking: .small).rootID != root)
    }
  }

  @Test func theRecordThatSetAValueDoesNotCount() throws {
    let key = StateKey("memory", "key")
    let store = MemoryStore()
    let tree = StateTree(root: .empty, chunking: .normal, in: store)
    let root = store.append(try tree.applying([.set(StateEntry(key, "value", at: 5))]))
    let first = StateTree(root: root, chunking: .normal, in: store)
    let again = try first.applying([.set(StateEntry(key, "value", at: 9))])
    #expect(again.nodes.isEmpty)
    #expect(again.root(appendedAt: 100) == root)
    #expect(try first.entry(for: key)?.sequence == 5)
    let other = StateTree.building([StateEntry(key, "value", at: 9)], chunking: .normal)
    #expect(other.rootID == root.id)
  }
}
