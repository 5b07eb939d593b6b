internal import IntaglioFormat

/// A place among the nodes of one level of a tree, which can be moved along the level.
///
/// Holds one node of each level from the root to its own.
struct NodeCursor {
  private let reader: NodeReader
  // From the root to the parent of `node`, each with the index of the child below.
  private var ancestors: [(node: Node, index: Int)] = []
  /// The node that it stands at.
  private(set) var node: Node

  /// At the first node of the level, or at the root if nil.
  ///
  /// - Precondition: the tree is not empty, and its root is of that level or above it.
  init(_ root: StateRoot, level: Int?, reader: NodeReader) throws(StateError) {
    self.reader = reader
    node = try reader.root(root)
    if let level { try descend(to: level) { _ in 0 } }
  }

  /// At the leaf that has `key` if any has.
  ///
  /// - Precondition: the tree is not empty.
  init(_ root: StateRoot, at key: StateKey, reader: NodeReader) throws(StateError) {
    self.reader = reader
    node = try reader.root(root)
    try descend(to: 0) { $0.index(towards: key) }
  }

  /// The node as the level above has it.
  var item: Item {
    Item(
      key: node.key(at: 0), measure: node.entryCount, id: node.id, place: .stored(node.sequence))
  }

  /// Moves to the node that has `key` if any has: the last one that begins with it or before it, else the first.
  mutating func seek(_ key: StateKey) throws(StateError) {
    let level = node.level
    if let top = ancestors.first { node = top.node }
    ancestors.removeAll(keepingCapacity: true)
    try descend(to: level) { $0.index(towards: key) }
  }

  /// Moves to the next node of the level; false, and no move, if there is none.
  mutating func next() throws(StateError) -> Bool {
    guard let depth = ancestors.lastIndex(where: { $0.index + 1 < $0.node.count })
    else { return false }
    try move(to: ancestors[depth].index + 1, at: depth) { _ in 0 }
    return true
  }

  /// Moves to the node before; false, and no move, if there is none.
  mutating func previous() throws(StateError) -> Bool {
    guard let depth = ancestors.lastIndex(where: { $0.index > 0 }) else { return false }
    try move(to: ancestors[depth].index - 1, at: depth) { $0.count - 1 }
    return true
  }

  private mutating func move(
    to index: Int, at depth: Int, choosing choose: (Node) -> Int
  ) throws(StateError) {
    var moved = self
    moved.ancestors.removeLast(ancestors.count - depth - 1)
    moved.ancestors[depth].index = index
    moved.node = try reader.child(of: ancestors[depth].node, at: index)
    try moved.descend(to: node.level, choosing: choose)
    // Only now: after an error it stands where it stood.
    self = moved
  }

  private mutating func descend(
    to level: Int, choosing choose: (Node) -> Int
  ) throws(StateError) {
    while node.level > level {
      let index = choose(node)
      let child = try reader.child(of: node, at: index)
      ancestors.append((node, index))
      node = child
    }
  }
}
