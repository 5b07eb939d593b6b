/// A change of a level's items: one that is set, or the removal of that key if nil.
struct ItemChange {
  var key: StateKey
  var item: Item?
}

/// The items of one level as changes leave them, from the beginning of some node on.
struct MergedItems {
  private var cursor: NodeCursor
  private var index = 0
  private var isAtEnd = false
  /// Those that are not yet merged in.
  private(set) var changes: ArraySlice<ItemChange>
  /// The nodes of the old tree that were begun, as the level above has them.
  private(set) var oldNodes: [Item]
  /// How many items came.
  private(set) var count = 0
  /// Changes lie before the item of that count, or at an earlier one; whatever comes from there on is as it was.
  private(set) var changedCount = 0

  /// From the beginning of the node at which `cursor` stands.
  init(_ cursor: NodeCursor, _ changes: ArraySlice<ItemChange>) {
    self.cursor = cursor
    self.changes = changes
    oldNodes = [cursor.item]
  }

  /// The next item, and whether it is the unchanged first one of an old node; nil at the level's end.
  mutating func next() throws(StateError) -> (item: Item, beginsOldNode: Bool)? {
    while true {
      guard let old = try oldItem() else {
        guard let change = changes.popFirst() else { return nil }
        if let item = change.item { return (changed(item), false) }
        continue
      }
      guard let change = changes.first, change.key <= old.key else {
        defer { skipOldItem() }
        return (old, index == 0)
      }
      changes.removeFirst()
      let beginsOldNode = index == 0
      if change.key == old.key { skipOldItem(counting: false) }
      switch change.item {
      case .some(let item) where item.isEqual(to: old):
        count += 1
        return (old, beginsOldNode)
      case .some(let item): return (changed(item), false)
      case nil: if change.key == old.key { changedCount = count }
      }
    }
  }

  private mutating func changed(_ item: Item) -> Item {
    count += 1
    changedCount = count
    return item
  }

  private mutating func oldItem() throws(StateError) -> Item? {
    if isAtEnd { return nil }
    if index == cursor.node.count {
      guard try cursor.next() else {
        isAtEnd = true
        return nil
      }
      oldNodes.append(cursor.item)
      index = 0
    }
    return cursor.node.item(at: index)
  }

  private mutating func skipOldItem(counting isCounted: Bool = true) {
    index += 1
    if isCounted { count += 1 }
  }
}
