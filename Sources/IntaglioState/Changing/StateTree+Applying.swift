internal import IntaglioFormat

extension StateTree {
  /// The state after `changes`.
  ///
  /// The root is a function of the entries (and the salt) alone. Setting a value that is there, or removing what is not,
  /// changes nothing: the entry keeps the record that set it first. Nodes that are as they were are not written again.
  ///
  /// Cost: for each change or run of neighboring ones, on each level, some four nodes are read and, on average, little
  /// more than one is made. All that is read and made is held in memory until the end.
  ///
  /// - Parameter changes: in ascending order of their keys, one for each key at most.
  package func applying(_ changes: [StateChange]) throws(StateError) -> StateUpdate {
    precondition(
      zip(changes, changes.dropFirst()).allSatisfy { $0.key < $1.key },
      "changes come in the order of their keys, one for a key")
    let items = changes.map { change in
      switch change {
      case .set(let entry): ItemChange(key: entry.key, item: Item(entry))
      case .remove(let key): ItemChange(key: key, item: nil)
      }
    }
    var updating = Updating(self)
    return try updating.apply(items)
  }
}

/// The work of one application of changes.
private struct Updating {
  private let tree: StateTree
  private let reader: NodeReader
  private var new = NewNodes()

  init(_ tree: StateTree) {
    self.tree = tree
    reader = NodeReader(tree.store, cache: NodeCache())
  }

  mutating func apply(_ changes: [ItemChange]) throws(StateError) -> StateUpdate {
    guard !tree.root.isEmpty else { return try grow(changes.compactMap(\.item), level: 0) }
    let root = try NodeCursor(tree.root, level: nil, reader: reader)
    var changes = changes
    for level in 0...root.node.level { changes = try changesAbove(level, changes) }
    if changes.isEmpty {
      return StateUpdate(nodes: [], rootID: tree.root.id, storedRoot: tree.root.sequence)
    }
    return try grow(root.item.changed(by: changes), level: root.node.level + 1)
  }

  /// How the nodes of `level`, which the level above has as items, change with its items.
  private mutating func changesAbove(
    _ level: Int, _ changes: [ItemChange]
  ) throws(StateError) -> [ItemChange] {
    let rechunking = Rechunking(tree, level: level, reader: reader)
    var remaining = changes[...]
    var result: [ItemChange] = []
    while let region = try rechunking.nextRegion(of: &remaining, making: &new) {
      result.append(contentsOf: region.changesAbove)
    }
    return result
  }

  /// Levels of all the items of one, up to a level of a single node: the root.
  private mutating func grow(_ items: [Item], level: Int) throws(StateError) -> StateUpdate {
    guard !items.isEmpty else { return StateUpdate(nodes: [], rootID: StateRoot.empty.id) }
    var items = items
    var level = level
    while level == 0 || items.count > 1 {
      guard level <= NodeLimits.level else {
        throw .damaged(tree.root.sequence, "it has more levels than there can be")
      }
      items = new.makeLevel(level, of: items, tree.chunking)
      level += 1
    }
    return update(to: try lowered(items[0], level: level - 1))
  }

  /// The highest node that has not only one child, from `root` downwards.
  ///
  /// - Parameter level: that of the root.
  private func lowered(_ root: Item, level: Int) throws(StateError) -> Item {
    var root = root
    for _ in 0..<level {
      switch root.place {
      case .new(let number):
        let items = new.items(of: number)
        guard items.count == 1 else { return root }
        root = items[0]
      case .stored(let sequence):
        let node = try reader.node(root.id, at: sequence)
        guard node.count == 1 else { return root }
        root = node.item(at: 0)
      }
    }
    return root
  }

  private func update(to root: Item) -> StateUpdate {
    switch root.place {
    case .new(let number):
      StateUpdate(nodes: new.payloads(below: number), rootID: root.id)
    case .stored(let sequence):
      StateUpdate(nodes: [], rootID: root.id, storedRoot: sequence)
    }
  }
}

extension Item {
  /// The items of a level above the root, where the root was the only one.
  fileprivate func changed(by changes: [ItemChange]) -> [Item] {
    let items = changes.compactMap(\.item)
    if changes.contains(where: { $0.key == key }) { return items }
    return items.filter { $0.key < key } + [self] + items.filter { $0.key > key }
  }
}
