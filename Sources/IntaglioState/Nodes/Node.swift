internal import IntaglioFormat

/// A node as it was read: a valid encoding, with its id.
///
/// Invariants:
/// - The keys are strictly ascending.
/// - The subtree has at most 2^63 - 1 entries.
/// - Children lie in earlier records than the node.
struct Node: Sendable {
  let level: Int
  let sequence: SequenceNumber
  let id: Digest
  /// In the subtree.
  let entryCount: UInt64
  /// All keys of the subtree are below it; nil if there is nothing to the right.
  var upperBound: StateKey?
  // The identity part, and behind it the places, unless these are not known.
  let payload: [UInt8]
  // Where the items begin; and where the identity part ends.
  let starts: [Int]

  /// The count of items.
  var count: Int { starts.count - 1 }
  var identityByteCount: Int { starts[count] }
  var itemsByteCount: Int { identityByteCount - NodeLimits.headerByteCount }
  var identity: RawSpan {
    @_lifetime(borrow self)
    get { payload.rawSpan.extracting(0..<identityByteCount) }
  }

  // MARK: Items

  func key(at index: Int) -> StateKey {
    let range = keyRange(at: index)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(1 + range.count)
    bytes.append(payload[starts[index]])
    bytes.append(contentsOf: payload[range])
    return StateKey(bytes: bytes)
  }

  func measure(at index: Int) -> UInt64 {
    level == 0
      ? UInt64(payload.rawSpan.integer(at: starts[index] + 3, as: UInt32.self))
      : payload.rawSpan.integer(at: starts[index] + 3)
  }

  func id(at index: Int) -> Digest {
    Digest(payload.rawSpan, at: starts[index + 1] - Item.idByteCount)
  }

  func place(at index: Int) -> SequenceNumber {
    let place: UInt64 = payload.rawSpan.integer(at: identityByteCount + index * 8)
    let isRelative = place & Place.relativeFlag != 0
    return SequenceNumber(isRelative ? sequence.rawValue - (place ^ Place.relativeFlag) : place)
  }

  func item(at index: Int) -> Item {
    Item(
      key: key(at: index), measure: measure(at: index), id: id(at: index),
      place: .stored(place(at: index)))
  }

  // MARK: Searching

  /// How many of the items have keys below `key`.
  func count(before key: StateKey) -> Int { partition(key) { $0 < 0 } }

  /// How many of the items have keys up to `key`, itself included.
  func count(upTo key: StateKey) -> Int { partition(key) { $0 <= 0 } }

  /// The item of that very key.
  func index(of key: StateKey) -> Int? {
    let index = count(before: key)
    return index < count && self.key(at: index) == key ? index : nil
  }

  /// The child to look for `key` in: the last one that begins with it or before it, else the first.
  func index(towards key: StateKey) -> Int { max(0, count(upTo: key) - 1) }

  /// How many of the items are in front, as their order against `key` says.
  private func partition(_ key: StateKey, isInFront: (Int) -> Bool) -> Int {
    let bytes = key.bytes.rawSpan.extracting(1...)
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      let order = StateKey.order(
        payload.rawSpan.extracting(keyRange(at: middle)), Int(payload[starts[middle]]),
        bytes, key.componentByteCount)
      if isInFront(order) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Where component and key of the item lie.
  private func keyRange(at index: Int) -> Range<Int> {
    starts[index] + Item.fixedByteCount(level: level)..<starts[index + 1] - Item.idByteCount
  }
}
