/// Cuts one level of a tree into nodes again, where changes can have an effect.
///
/// Where a node ends depends on the items from its first one up to that with which they exceed the largest node, and
/// on nothing else. So the work begins at the first old node for which a changed item lies among these, and it stops
/// where a node begins that began there before and for which none does: from there on, all is as it was.
struct Rechunking {
  private let tree: StateTree
  private let level: Int
  private let reader: NodeReader

  init(_ tree: StateTree, level: Int, reader: NodeReader) {
    self.tree = tree
    self.level = level
    self.reader = reader
  }

  /// A run of old nodes, and the nodes that take their place.
  struct Region {
    var oldNodes: [Item]
    var nodes: [Item]
  }

  /// Cuts again around the first of the changes, and takes those off that had their effect.
  ///
  /// Nil if no change is left, or none that changes anything.
  func nextRegion(
    of changes: inout ArraySlice<ItemChange>, making new: inout NewNodes
  ) throws(StateError) -> Region? {
    guard let start = try firstAffectedNode(&changes) else { return nil }
    var merged = MergedItems(start, changes)
    var chunker = Chunker(tree.chunking, level: level)
    var nodes: [Item] = []
    var nodesItemCount = 0
    var end: StateKey?
    var isEnd = false
    while end == nil {
      if let items = chunker.nextNode(isEnd: isEnd) {
        nodes.append(new.make(level: level, items))
        nodesItemCount += items.count
        if let next = chunker.first, next.beginsOldNode, merged.changedCount <= nodesItemCount,
          try !isAffected(nodeBeginningWith: next.item.key, by: merged.changes)
        {
          end = next.item.key
        }
      } else if isEnd {
        break
      } else if let (item, beginsOldNode) = try merged.next() {
        chunker.append(item, beginsOldNode: beginsOldNode)
      } else {
        isEnd = true
      }
    }
    changes = merged.changes
    return Region(
      replacing: end.map { end in merged.oldNodes.filter { $0.key < end } } ?? merged.oldNodes,
      with: nodes)
  }

  /// Whether one of the changes concerns the end of the old node that begins with `key`.
  private func isAffected(
    nodeBeginningWith key: StateKey, by changes: ArraySlice<ItemChange>
  ) throws(StateError) -> Bool {
    var changes = changes
    guard let cursor = try firstAffectedNode(&changes) else { return false }
    return cursor.node.key(at: 0) <= key
  }

  /// The first old node whose end the changes concern, or nil if they change nothing.
  ///
  /// Takes off the changes that change nothing.
  private func firstAffectedNode(
    _ changes: inout ArraySlice<ItemChange>
  ) throws(StateError) -> NodeCursor? {
    guard !changes.isEmpty else { return nil }
    var cursor = try NodeCursor(tree.root, level: level, reader: reader)
    while let change = changes.first {
      try cursor.seek(change.key)
      if cursor.node.isChanged(by: change) { break }
      changes.removeFirst()
    }
    guard let change = changes.first else { return nil }
    // Bytes from the beginning of the node up to the change: it is seen from there unless they exceed a node before.
    var byteCount = cursor.node.itemsByteCount(before: change.key)
    var earlier = cursor
    while try earlier.previous() {
      byteCount += earlier.node.itemsByteCount
      if byteCount > tree.chunking.maximumByteCount { break }
      cursor = earlier
    }
    return cursor
  }
}

extension Rechunking.Region {
  /// New nodes that are as old ones give way to these.
  init(replacing oldNodes: [Item], with nodes: [Item]) {
    let old = Dictionary(oldNodes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    self.oldNodes = oldNodes
    self.nodes = nodes.map { old[$0.id] ?? $0 }
  }

  /// The same as changes of the level above.
  var changesAbove: [ItemChange] {
    var changes: [ItemChange] = []
    var old = oldNodes[...]
    for node in nodes {
      while let gone = old.first, gone.key < node.key {
        changes.append(ItemChange(key: gone.key))
        old.removeFirst()
      }
      if let same = old.first, same.key == node.key {
        old.removeFirst()
        if same.id == node.id { continue }
      }
      changes.append(ItemChange(key: node.key, item: node))
    }
    return changes + old.map { ItemChange(key: $0.key) }
  }
}

extension Node {
  /// Whether the change, which is of an item that would lie here, is one.
  fileprivate func isChanged(by change: ItemChange) -> Bool {
    let old = index(of: change.key).map(item)
    guard let item = change.item else { return old != nil }
    return old.map { !$0.isEqual(to: item) } ?? true
  }

  /// The byte count of the items with keys below `key`.
  fileprivate func itemsByteCount(before key: StateKey) -> Int {
    starts[count(before: key)] - NodeLimits.headerByteCount
  }
}
