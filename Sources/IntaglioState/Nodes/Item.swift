internal import IntaglioFormat

/// One line of a node: an entry in a leaf, a subtree in an inner node.
struct Item: Sendable {
  /// Of the entry, or the lowest one of the subtree.
  var key: StateKey
  /// Of a leaf, the byte count of the value; of an inner node, the count of entries in the subtree.
  var measure: UInt64
  /// Of the value, or of the child node.
  var id: Digest
  var place: Place

  /// Whether the identity is the same, wherever value or child lie.
  func isEqual(to other: Item) -> Bool {
    id == other.id && measure == other.measure && key == other.key
  }

  func byteCount(level: Int) -> Int {
    Item.fixedByteCount(level: level) + key.bytes.count - 1 + Item.idByteCount
  }

  /// What precedes component and key: their byte counts, and the measure.
  static func fixedByteCount(level: Int) -> Int { level == 0 ? 7 : 11 }
  static let idByteCount = 32
}

/// Where the value or the child of an item lies.
enum Place: Hashable, Sendable {
  /// In that record.
  case stored(SequenceNumber)
  /// Nowhere yet: the child is the new node of that number.
  case new(Int)

  /// In the encoding: what follows is a distance back from the node's own record.
  static let relativeFlag: UInt64 = 1 << 63
}

extension Item {
  init(_ entry: StateEntry) {
    key = entry.key
    measure = UInt64(entry.valueByteCount)
    id = entry.valueID
    place = .stored(entry.sequence)
  }

  /// The entry that an item of a leaf stands for.
  var entry: StateEntry {
    guard case .stored(let sequence) = place else { preconditionFailure("values are stored") }
    return StateEntry(key: key, valueByteCount: Int(measure), valueID: id, sequence: sequence)
  }
}
