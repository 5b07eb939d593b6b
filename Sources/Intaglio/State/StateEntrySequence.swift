internal import IntaglioFormat
public import IntaglioState

/// Entries of a state in the order of their keys: those of the tree, with what was changed since laid over them.
///
/// As a `Sequence` its elements are results, because reading may find damage; `forEach` throws instead.
public struct StateEntrySequence: Sequence, Sendable {
  private let tree: StateTree
  private let lower: StateKey?
  private let component: String?
  /// How each key's part within the component begins.
  private let prefix: [UInt8]
  private let changes: [StateChange]

  init(
    _ view: StateView, _ component: String?, _ key: [UInt8]?, prefix: [UInt8] = []
  ) throws(LogError) {
    guard component != nil || key == nil else {
      throw LogError(.invalid, "give the component in which the key is")
    }
    if let component { _ = try StateKey(checking: component, key ?? [0]) }
    self.component = component
    self.prefix = prefix
    lower = component.flatMap { component in
      key.flatMap { StateKey(component: component, key: $0) }
    }
    tree = StateTree(root: view.state.root, salt: view.records.space.salt, in: view.records)
    let lower = lower
    changes = view.state.sortedChanges { key in
      (component.map { key.isIn($0, prefix) } ?? true) && (lower.map { key >= $0 } ?? true)
    }
  }

  /// Calls `body` with each entry; what it throws ends the walk.
  public func forEach(_ body: (StateEntry) throws -> Void) throws {
    var iterator = makeIterator()
    while let entry = iterator.next() { try body(try entry.get()) }
  }

  /// An iterator at the first entry.
  public func makeIterator() -> Iterator {
    Iterator(entries: tree.entries(from: lower, in: component), changes: changes, prefix)
  }

  /// Merges the entries of the tree with the changes.
  public struct Iterator: IteratorProtocol {
    private var entries: StateEntries
    private let prefix: [UInt8]
    private let changes: [StateChange]
    private var changeIndex = 0
    private var pending: StateEntry?
    private var hasBegun = false
    private var isFinished = false

    init(entries: StateEntries, changes: [StateChange], _ prefix: [UInt8]) {
      self.entries = entries
      self.prefix = prefix
      self.changes = changes
    }

    /// The next entry, or an error, after which the walk is over; nil at the end.
    public mutating func next() -> Result<StateEntry, LogError>? {
      guard !isFinished else { return nil }
      do throws(LogError) {
        if let entry = try merged() { return .success(entry) }
        isFinished = true
        return nil
      } catch {
        isFinished = true
        return .failure(error)
      }
    }

    private mutating func merged() throws(LogError) -> StateEntry? {
      if !hasBegun {
        hasBegun = true
        pending = try read()
      }
      while changeIndex < changes.count {
        let change = changes[changeIndex]
        if let entry = pending, entry.key < change.key { break }
        if let entry = pending, entry.key == change.key { pending = try read() }
        changeIndex += 1
        if case .set(let entry) = change { return entry }
      }
      guard let entry = pending else { return nil }
      pending = try read()
      return entry
    }

    private mutating func read() throws(LogError) -> StateEntry? {
      let entry = try readingState { () throws(StateError) in try entries.next() }
      // Keys that begin alike stand together: behind them there are no more.
      return entry.flatMap { $0.key.hasPrefix(prefix) ? $0 : nil }
    }
  }
}
