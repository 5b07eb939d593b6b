import IntaglioFormat
import IntaglioState
import IntaglioTestSupport
import Synchronization
import Testing

/// A read that fails once is no loss for those who try again.
@Suite struct RetryTests {
  private let entries = (0..<300).map { NumberedState.entry($0 * 2, "\($0)") }

  @Test func entriesGoOnWhereAReadFailed() throws {
    let store = FlakyStore()
    let root = store.base.append(StateTree.building(entries, chunking: .small))
    var iterator = StateTree(root: root, chunking: .small, in: store).entries()
    var found: [StateEntry] = []
    while let entry = retrying({ () throws(StateError) in try iterator.next() }) {
      found.append(entry)
    }
    #expect(found == entries)
    #expect(store.failureCount > 30)
  }

  @Test func differencesGoOnWhereAReadFailed() throws {
    let store = FlakyStore()
    let root = store.base.append(StateTree.building(entries, chunking: .small))
    let tree = StateTree(root: root, chunking: .small, in: store)
    let direct = StateTree(root: root, chunking: .small, in: store.base)
    let changes = entries.enumerated().filter { $0.offset % 20 < 7 }.map {
      StateChange.remove($0.element.key)
    }
    let other = StateTree(
      root: store.base.append(try direct.applying(changes)), chunking: .small, in: store)
    var iterator = tree.differences(to: other)
    var found: [StateKey] = []
    while let difference = retrying({ () throws(StateError) in try iterator.next() }) {
      found.append(difference.key)
    }
    #expect(found == changes.map(\.key))
    #expect(store.failureCount > 10)
  }

  private func retrying<T>(_ body: () throws(StateError) -> T) -> T {
    while true {
      do throws(StateError) { return try body() } catch { continue }
    }
  }
}

/// A store in which the first read of every record fails.
final class FlakyStore: NodeStore {
  struct Failure: Error {}

  let base = MemoryStore()
  private let failed = Mutex(Set<SequenceNumber>())

  var failureCount: Int { failed.withLock(\.count) }

  func withNode<R>(
    at sequence: SequenceNumber, _ body: (RawSpan) throws(StateError) -> R
  ) throws(StateError) -> R {
    if failed.withLock({ $0.insert(sequence).inserted }) { throw .store(Failure()) }
    return try base.withNode(at: sequence, body)
  }
}
