internal import IntaglioFormat

/// Which records of a segment belong to one stream: their ordinals (positions in the segment, from 0), ascending.
///
/// Differences as LEB128, so that a posting of an interleaved stream takes one to three bytes, with an entry every 128
/// postings from which decoding can begin.
struct PostingList: Sendable {
  static let blockCount = 128

  private(set) var count = 0
  private(set) var first: UInt32 = 0
  private(set) var last: UInt32 = 0
  private(set) var bytes: [UInt8] = []
  /// Of each block but the first: its first ordinal, and where the bytes behind that one begin.
  private(set) var skips: [Skip] = []

  struct Skip: Sendable {
    var ordinal: UInt32
    var offset: UInt32
  }

  mutating func append(_ ordinal: UInt32) {
    if count == 0 {
      first = ordinal
    } else if count % Self.blockCount == 0 {
      skips.append(Skip(ordinal: ordinal, offset: UInt32(bytes.count)))
    } else {
      var difference = ordinal - last
      while difference >= 0x80 {
        bytes.append(UInt8(truncatingIfNeeded: difference) | 0x80)
        difference >>= 7
      }
      bytes.append(UInt8(difference))
    }
    last = ordinal
    count += 1
  }

  /// The ordinals of block `index`.
  func block(_ index: Int) -> [UInt32] {
    let skip = index == 0 ? Skip(ordinal: first, offset: 0) : skips[index - 1]
    return Self.decode(
      bytes.rawSpan, from: skip, count: min(Self.blockCount, count - index * Self.blockCount))
  }

  /// The block in which `ordinal` is, or would be.
  func blockIndex(of ordinal: UInt32) -> Int {
    skips.partitioningIndex { $0.ordinal > ordinal }
  }

  static func decode(_ bytes: RawSpan, from skip: Skip, count: Int) -> [UInt32] {
    guard count > 0 else { return [] }
    var ordinals = [skip.ordinal]
    ordinals.reserveCapacity(count)
    var ordinal = skip.ordinal
    var offset = Int(skip.offset)
    while ordinals.count < count, offset < bytes.byteCount {
      var difference: UInt32 = 0
      var shift: UInt32 = 0
      var byte: UInt8
      repeat {
        byte = bytes.integer(at: offset)
        difference |= UInt32(byte & 0x7F) &<< shift
        shift += 7
        offset += 1
      } while byte & 0x80 != 0 && offset < bytes.byteCount && shift < 32
      ordinal &+= difference
      ordinals.append(ordinal)
    }
    return ordinals
  }
}

extension RandomAccessCollection where Index == Int {
  /// The first index whose element satisfies `predicate`, if all that satisfy it stand behind all that do not.
  func partitioningIndex(where predicate: (Element) -> Bool) -> Int {
    var low = startIndex
    var high = endIndex
    while low < high {
      let middle = low + (high - low) / 2
      if predicate(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
