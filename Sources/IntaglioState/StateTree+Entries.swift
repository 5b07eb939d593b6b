extension StateTree {
  /// The entries in the order of their keys, read as they are asked for.
  ///
  /// - Parameters:
  ///   - key: the first key to come, whether or not the state has it; nil stands for the first of all.
  ///   - component: the only component to come, or nil.
  package func entries(
    from key: StateKey? = nil, in component: String? = nil
  ) -> StateEntries {
    let first = component.map(StateKey.lowerBound)
    return StateEntries(
      root: root, reader: reader, from: [key, first].compactMap(\.self).max(),
      before: component.map(StateKey.upperBound))
  }
}

/// The entries of a state in the order of their keys.
///
/// Holds one node of each level. Each copy goes on by itself.
package struct StateEntries {
  private let root: StateRoot
  private let reader: NodeReader
  private let start: StateKey?
  private let end: StateKey?
  private var cursor: NodeCursor?
  // Of the next entry, in the leaf at the cursor.
  private var index = 0
  private var isAtEnd: Bool

  init(root: StateRoot, reader: NodeReader, from start: StateKey?, before end: StateKey?) {
    self.root = root
    self.reader = reader
    self.start = start
    self.end = end
    isAtEnd = root.isEmpty
  }

  /// The next entry, or nil if there are no more.
  ///
  /// After an error it goes on where it was: the same node is tried again.
  package mutating func next() throws(StateError) -> StateEntry? {
    if isAtEnd { return nil }
    if cursor == nil { try begin() }
    if index == cursor!.node.count {
      guard try cursor!.next() else {
        isAtEnd = true
        return nil
      }
      index = 0
    }
    let entry = cursor!.node.item(at: index).entry
    if let end, entry.key >= end {
      isAtEnd = true
      return nil
    }
    index += 1
    return entry
  }

  private mutating func begin() throws(StateError) {
    if let start {
      cursor = try NodeCursor(root, at: start, reader: reader)
      index = cursor!.node.count(before: start)
    } else {
      cursor = try NodeCursor(root, level: 0, reader: reader)
    }
  }
}
