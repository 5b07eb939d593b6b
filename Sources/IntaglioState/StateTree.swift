internal import IntaglioFormat

/// A state: an ordered map from keys to values' identities, read from the nodes of a store.
///
/// A value of it names one unchanging state; changes give a new root. Nothing is read before it is asked for, and each
/// node that is read is held against the id that its parent, or the root, has for it.
///
/// Cost: a lookup reads one node of each level, of about 4 KiB and 60 items each. FileFormat, "State tree".
package struct StateTree: Sendable {
  package let root: StateRoot
  package let store: any NodeStore
  let chunking: Chunking

  /// The state with that root.
  ///
  /// - Parameter salt: of the space; needed for changes only.
  package init(root: StateRoot, salt: StateSalt, in store: any NodeStore) {
    self.init(root: root, chunking: Chunking(salt: salt), in: store)
  }

  /// For tests: the same with nodes of other sizes.
  package init(root: StateRoot, chunking: Chunking, in store: any NodeStore) {
    self.root = root
    self.chunking = chunking
    self.store = store
  }

  var reader: NodeReader { NodeReader(store) }

  /// What the state has under `key`, or nil if nothing.
  package func entry(for key: StateKey) throws(StateError) -> StateEntry? {
    guard !root.isEmpty else { return nil }
    let leaf = try NodeCursor(root, at: key, reader: reader).node
    return leaf.index(of: key).map { leaf.item(at: $0).entry }
  }

  /// How many entries the state has; reads the root node only.
  package var entryCount: UInt64 {
    get throws(StateError) { root.isEmpty ? 0 : try reader.root(root).entryCount }
  }

  /// How many entries each component has, in the order of the components.
  ///
  /// Cost: two descents for each component, however many entries it has.
  package func entryCountsByComponent() throws(StateError)
    -> [(component: String, entryCount: UInt64)]
  {
    var result: [(component: String, entryCount: UInt64)] = []
    var bound: StateKey?
    var counted: UInt64 = 0
    while true {
      var rest = entries(from: bound)
      guard let component = try rest.next()?.key.component else { return result }
      let end = StateKey.upperBound(of: component)
      let count = try entryCount(before: end)
      guard count > counted else {
        throw .damaged(root.sequence, "the entry counts do not agree with the entries")
      }
      result.append((component, count - counted))
      counted = count
      bound = end
    }
  }

  /// How many entries have keys below `key`.
  private func entryCount(before key: StateKey) throws(StateError) -> UInt64 {
    guard !root.isEmpty else { return 0 }
    var node = try reader.root(root)
    var count: UInt64 = 0
    while node.level > 0 {
      let index = node.count(before: key) - 1
      guard index >= 0 else { return count }
      for earlier in 0..<index { count += node.measure(at: earlier) }
      node = try reader.child(of: node, at: index)
    }
    return count + UInt64(node.count(before: key))
  }
}
