package import IntaglioFormat

/// Builds the tree of a state from its entries, one after the other.
///
/// Cost: constant time for an entry, and memory for some nodes of each level, however many entries there are.
package struct StateBuilder: Sendable {
  private let chunking: Chunking
  private var levels: [Level] = []
  private var finished: [[UInt8]] = []
  private var nodeCount = 0
  private var lastKey: StateKey?

  private struct Level: Sendable {
    var chunker: Chunker
    /// The last node that was made.
    var last: Item?
    var nodeCount = 0
  }

  package init(salt: StateSalt) { self.init(chunking: Chunking(salt: salt)) }

  package init(chunking: Chunking) { self.chunking = chunking }

  /// The next entry.
  ///
  /// - Precondition: its key is above that of the one before.
  package mutating func append(_ entry: StateEntry) {
    precondition(lastKey.map { $0 < entry.key } ?? true, "entries come in the order of their keys")
    lastKey = entry.key
    append(Item(entry), level: 0)
  }

  /// Takes the payloads of the nodes that became known since the last call.
  ///
  /// All nodes, of all calls, are appended as consecutive records in this order: they name each other by distance.
  package mutating func takeNodes() -> [[UInt8]] {
    defer { finished = [] }
    return finished
  }

  /// Makes the last nodes, and gives the id of the root, which is the last of them all.
  ///
  /// Without entries, there are no nodes, and the id is that of the empty state.
  package mutating func finish() -> Digest {
    var level = 0
    while level < levels.count {
      while let items = levels[level].chunker.nextNode(isEnd: true) { make(items, level: level) }
      if levels[level].nodeCount == 1 { return levels[level].last!.id }
      level += 1
    }
    return StateRoot.empty.id
  }

  private mutating func append(_ item: Item, level: Int) {
    if level == levels.count { levels.append(Level(chunker: Chunker(chunking, level: level))) }
    levels[level].chunker.append(item)
    while let items = levels[level].chunker.nextNode(isEnd: false) { make(items, level: level) }
  }

  private mutating func make(_ items: [Item], level: Int) {
    let identity = encodedIdentity(level: level, items)
    finished.append(encodedNode(identity: identity, items, at: nodeCount) { $0 })
    let item = Item(node: items, level: level, id: nodeID(of: identity), place: .new(nodeCount))
    nodeCount += 1
    levels[level].nodeCount += 1
    levels[level].last = item
    append(item, level: level + 1)
  }
}

extension StateTree {
  /// The state of all `entries`, in ascending order of their keys, made in memory from nothing.
  package static func building(
    _ entries: some Sequence<StateEntry>, chunking: Chunking
  ) -> StateUpdate {
    var builder = StateBuilder(chunking: chunking)
    for entry in entries { builder.append(entry) }
    let id = builder.finish()
    return StateUpdate(nodes: builder.takeNodes(), rootID: id)
  }
}
