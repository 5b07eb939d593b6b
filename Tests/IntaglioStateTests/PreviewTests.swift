import IntaglioFormat
import IntaglioState
import IntaglioTestSupport
import Testing

/// A state can be looked at before its nodes are appended.
@Suite struct PreviewTests {
  @Test func aPreviewReadsAsTheAppendedStateWill() throws {
    var generator = SeededGenerator()
    let store = MemoryStore(first: 5)
    let entries = (0..<400).map { NumberedState.entry($0 * 2, "\($0)") }
    let root = store.append(StateTree.building(entries, chunking: .small))
    let tree = StateTree(root: root, chunking: .small, in: store)
    for _ in 0..<20 {
      let numbers = Set((0..<9).map { _ in Int.random(in: 0..<800, using: &generator) })
      let changes = numbers.sorted().map { StateChange.set(NumberedState.entry($0, "new")) }
      let update = try tree.applying(changes)
      let preview = PendingNodes.preview(update, over: store)
      let previewed = StateTree(root: preview.root, chunking: .small, in: preview.store)
      let recordCount = store.count
      let all = try previewed.all
      let differences = try tree.listDifferences(to: previewed)
      #expect(store.count == recordCount)
      #expect(differences.map(\.key) == changes.map(\.key))
      let appended = StateTree(root: store.append(update), chunking: .small, in: store)
      #expect(try appended.all == all)
      #expect(try previewed.listDifferences(to: appended).isEmpty)
      #expect(preview.root.id == appended.root.id)
    }
  }

  @Test func changesOfAPreviewCanBePreviewedToo() throws {
    let store = MemoryStore()
    let entries = (0..<200).map { NumberedState.entry($0, "\($0)") }
    let tree = StateTree(
      root: store.append(StateTree.building(entries, chunking: .small)), chunking: .small,
      in: store)
    let first = PendingNodes.preview(try tree.applying([.remove(entries[7].key)]), over: store)
    let second = StateTree(root: first.root, chunking: .small, in: first.store)
    let update = try second.applying([.remove(entries[150].key)])
    let store2 = PendingNodes(update.nodes, at: SequenceNumber(3 << 61), over: first.store)
    let third = StateTree(
      root: update.root(appendedAt: SequenceNumber(3 << 61)), chunking: .small, in: store2)
    #expect(try third.all.count == 198)
    #expect(try tree.listDifferences(to: third).map(\.key) == [entries[7].key, entries[150].key])
  }

  @Test func theEmptyStateAndOneThatIsThereNeedNoNodes() throws {
    let store = MemoryStore()
    let entry = NumberedState.entry(1, "value")
    let tree = StateTree(
      root: store.append(StateTree.building([entry], chunking: .small)), chunking: .small,
      in: store)
    let emptied = try tree.applying([.remove(entry.key)])
    #expect(emptied.nodes.isEmpty && emptied.root(appendedAt: 9).isEmpty)
    let same = try tree.applying([.remove(NumberedState.key(2))])
    #expect(same.nodes.isEmpty && same.root(appendedAt: 9) == tree.root)
    let preview = PendingNodes.preview(emptied, over: store)
    #expect(try StateTree(root: preview.root, chunking: .small, in: preview.store).all.isEmpty)
  }
}
