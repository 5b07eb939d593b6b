internal import IntaglioFormat

/// An entry as the lists of the index have it: enough to rank it, and to leave it out once it has expired.
///
/// ```text
/// 8 bytes   the bits of its time, inverted, big-endian: the newest comes first
///           its key
/// 1 byte    0, which no key has
/// 8 bytes   when it expires, big-endian; 0 for never
/// ```
/// The order of these bytes is the order of rank: the newest first, then by key.
struct Posting: Hashable, Sendable {
  let bytes: [UInt8]
  /// The first 8 bytes.
  private let rank: UInt64

  init(key: [UInt8], time: Timestamp, expires: Timestamp?) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(key.count + Self.overhead)
    bytes.append(bigEndian: ~time.nanoseconds)
    bytes.append(contentsOf: key)
    bytes.append(0)
    bytes.append(bigEndian: expires?.nanoseconds ?? 0)
    self.bytes = bytes
    rank = ~time.nanoseconds
  }

  /// The posting at the end of a key of the index, behind `prefixByteCount` bytes; nil if it is none.
  init?(_ indexKey: [UInt8], behind prefixByteCount: Int) {
    guard indexKey.count > prefixByteCount + Self.overhead else { return nil }
    bytes = Array(indexKey[prefixByteCount...])
    guard bytes[bytes.count - 9] == 0 else { return nil }
    rank = bytes.bigEndian(at: 0)
  }

  private static let overhead = 8 + 1 + 8

  var time: Timestamp { Timestamp(nanoseconds: ~rank) }
  var key: ArraySlice<UInt8> { bytes[8..<(bytes.count - 9)] }
  var expires: Timestamp? {
    let nanoseconds = bytes.bigEndian(at: bytes.count - 8)
    return nanoseconds == 0 ? nil : Timestamp(nanoseconds: nanoseconds)
  }
}

extension Posting: Comparable {
  /// Whether `lhs` is newer, or as new and before by its key.
  static func < (lhs: Posting, rhs: Posting) -> Bool {
    if lhs.rank != rhs.rank { return lhs.rank < rhs.rank }
    return lhs.bytes.lexicographicallyPrecedes(rhs.bytes)
  }
}

extension Array<UInt8> {
  mutating func append(bigEndian value: UInt64) { append(integer: value.byteSwapped) }

  func bigEndian(at offset: Int) -> UInt64 {
    self[offset..<(offset + 8)].reduce(0) { $0 << 8 | UInt64($1) }
  }
}
