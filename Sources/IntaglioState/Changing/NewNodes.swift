internal import IntaglioFormat

/// Nodes that a change made, before it is known which of them are needed.
struct NewNodes {
  private struct NewNode {
    let level: Int
    let items: [Item]
    let identity: [UInt8]
  }

  private var nodes: [NewNode] = []

  /// Makes a node, and gives the item that stands for it in the level above.
  mutating func make(level: Int, _ items: [Item]) -> Item {
    let identity = encodedIdentity(level: level, items)
    nodes.append(NewNode(level: level, items: items, identity: identity))
    return Item(node: items, level: level, id: nodeID(of: identity), place: .new(nodes.count - 1))
  }

  /// Makes nodes of all the items of a level, and gives the items of the level above.
  mutating func makeLevel(_ level: Int, of items: [Item], _ chunking: Chunking) -> [Item] {
    var chunker = Chunker(chunking, level: level)
    var made: [Item] = []
    for item in items {
      chunker.append(item)
      while let node = chunker.nextNode(isEnd: false) { made.append(make(level: level, node)) }
    }
    while let node = chunker.nextNode(isEnd: true) { made.append(make(level: level, node)) }
    return made
  }

  /// The items of a new node.
  func items(of number: Int) -> [Item] { nodes[number].items }

  /// The payloads of the new nodes in the subtree of a new one, children before parents, itself last.
  func payloads(below root: Int) -> [[UInt8]] {
    var payloads: [[UInt8]] = []
    var indices: [Int: Int] = [:]
    append(root, to: &payloads, &indices)
    return payloads
  }

  /// - Parameter indices: by the new nodes' numbers, where they lie in `payloads`.
  private func append(_ number: Int, to payloads: inout [[UInt8]], _ indices: inout [Int: Int]) {
    let node = nodes[number]
    if node.level > 0 {
      for case .new(let child) in node.items.map(\.place) { append(child, to: &payloads, &indices) }
    }
    let index = payloads.count
    payloads.append(
      encodedNode(identity: node.identity, node.items, at: index) { indices[$0]! })
    indices[number] = index
  }
}

extension Item {
  /// What stands in the level above for the node of `items`, of which there are some.
  init(node items: [Item], level: Int, id: Digest, place: Place) {
    key = items[0].key
    measure = level == 0 ? UInt64(items.count) : items.reduce(0) { $0 + $1.measure }
    self.id = id
    self.place = place
  }
}
