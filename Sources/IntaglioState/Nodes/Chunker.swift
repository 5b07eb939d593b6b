internal import IntaglioFormat

/// How a level's items are cut into nodes.
///
/// FileFormat, "State tree": the local maximum of Bjørner, Blass and Gurevich, "Content-dependent chunking for
/// differential compression, the local maximum approach" (2010), with a smallest and a largest size.
package struct Chunking: Hashable, Sendable {
  let salt: StateSalt
  /// Of a node's items; every node but a level's last one has as many bytes or more.
  package let minimumByteCount: Int
  /// Of a node's items.
  package let maximumByteCount: Int

  package init(salt: StateSalt) {
    self.init(salt: salt, minimumByteCount: 2048, maximumByteCount: NodeLimits.itemsByteCount)
  }

  /// For tests: small nodes make deep trees of few entries.
  ///
  /// - Precondition: no item that will be chunked has as many bytes as the smallest node, or more than lie between
  ///   smallest and largest.
  package init(salt: StateSalt, minimumByteCount: Int, maximumByteCount: Int) {
    precondition(maximumByteCount <= NodeLimits.itemsByteCount, "readers refuse such nodes")
    self.salt = salt
    self.minimumByteCount = minimumByteCount
    self.maximumByteCount = maximumByteCount
  }
}

/// Cuts the items of one level, which come in order, into nodes.
struct Chunker {
  /// An item that is in no node yet.
  struct Candidate {
    var item: Item
    var byteCount: Int
    /// Whether a node of the tree before the change begins with this item, unchanged.
    var beginsOldNode: Bool
    var boundaryValue: UInt64?
  }

  private let level: Int
  private let chunking: Chunking
  // What precedes an item's key where its boundary value is made.
  private let prefix: [UInt8]
  private var candidates: [Candidate] = []
  private var byteCount = 0

  init(_ chunking: Chunking, level: Int) {
    self.chunking = chunking
    self.level = level
    prefix = Array("intaglio/v1 boundary\n".utf8) + chunking.salt.bytes + [UInt8(level)]
  }

  /// The item that the next node begins with, as far as it is known.
  var first: Candidate? { candidates.first }

  mutating func append(_ item: Item, beginsOldNode: Bool = false) {
    let byteCount = item.byteCount(level: level)
    precondition(byteCount < chunking.minimumByteCount, "an item as large as a node")
    precondition(byteCount <= chunking.maximumByteCount - chunking.minimumByteCount)
    candidates.append(
      Candidate(item: item, byteCount: byteCount, beginsOldNode: beginsOldNode))
    self.byteCount += byteCount
  }

  /// The items of the next node, or nil if more have to be seen before it is known.
  ///
  /// - Parameter isEnd: whether no more items follow; nil then says that there are no more nodes.
  mutating func nextNode(isEnd: Bool) -> [Item]? {
    if byteCount > chunking.maximumByteCount { return removeFirst(bestCut()) }
    return isEnd && !candidates.isEmpty ? removeFirst(candidates.count) : nil
  }

  /// After how many items the node ends if it is not the last one: after that with the highest boundary value.
  private mutating func bestCut() -> Int {
    var end = 0
    var best: (value: UInt64, count: Int)?
    for index in candidates.indices {
      end += candidates[index].byteCount
      if end > chunking.maximumByteCount { break }
      if end < chunking.minimumByteCount { continue }
      let value = boundaryValue(at: index)
      if best == nil || value > best!.value { best = (value, index + 1) }
    }
    return best!.count
  }

  private mutating func boundaryValue(at index: Int) -> UInt64 {
    if let value = candidates[index].boundaryValue { return value }
    let key = candidates[index].item.key
    let value = SHA256.hash(prefix.rawSpan, key.bytes.rawSpan).firstWord
    candidates[index].boundaryValue = value
    return value
  }

  private mutating func removeFirst(_ count: Int) -> [Item] {
    let items = candidates[..<count].map(\.item)
    byteCount -= candidates[..<count].reduce(0) { $0 + $1.byteCount }
    candidates.removeFirst(count)
    return items
  }
}

extension Digest {
  /// The first eight bytes as an integer, little-endian.
  fileprivate var firstWord: UInt64 { bytes.rawSpan.integer(at: 0) }
}
