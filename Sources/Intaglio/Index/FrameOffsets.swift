internal import IntaglioFormat

/// Where the frames of a segment begin: a base per 64 frames and a byte per frame, 1.06 bytes a record.
///
/// A frame's *stride* is the distance to the next frame's beginning, in units of 8 bytes, less that of a header. It
/// includes a filler that follows. Strides over 254 stand in a list of exceptions.
struct FrameOffsets: Sendable {
  static let blockCount = 64
  static let escape: UInt8 = 255

  /// The beginning of every 64th frame, in units of 8 bytes.
  private(set) var bases: [UInt32] = []
  private(set) var strides: [UInt8] = []
  private(set) var exceptions: [Exception] = []
  private var end = 0

  struct Exception: Sendable {
    var ordinal: UInt32
    var stride: UInt32
  }

  /// Frames whose stride is known count; the last one's is known when `finish` was told where it ends.
  var count: Int { strides.count }

  /// Adds the frame at `offset`, which ends, with what follows it, at `next`.
  mutating func append(frameAt offset: Int, next: Int) {
    // A filler before the very first frame, or found after its predecessor was added, belongs to the predecessor.
    if end != offset, let last = strides.indices.last {
      lengthenStride(of: last, by: (offset - end) / 8)
    }
    if strides.count % Self.blockCount == 0 { bases.append(UInt32(offset / 8)) }
    append(stride: (next - offset - FrameHeader.byteCount) / 8)
    end = next
  }

  private mutating func append(stride: Int) {
    if stride < Int(Self.escape) {
      strides.append(UInt8(stride))
    } else {
      exceptions.append(Exception(ordinal: UInt32(strides.count), stride: UInt32(stride)))
      strides.append(Self.escape)
    }
  }

  private mutating func lengthenStride(of last: Int, by length: Int) {
    let stride = stride(of: last) + length
    if exceptions.last?.ordinal == UInt32(last) { exceptions.removeLast() }
    strides.removeLast()
    append(stride: stride)
  }

  private func stride(of ordinal: Int) -> Int {
    let short = strides[ordinal]
    return short == Self.escape ? Int(exceptions[exceptionIndex(of: ordinal)].stride) : Int(short)
  }

  private func exceptionIndex(of ordinal: Int) -> Int {
    exceptions.partitioningIndex { $0.ordinal >= UInt32(ordinal) }
  }

  /// The offset in the file at which the frame `ordinal` begins.
  func offset(of ordinal: Int) -> Int {
    let block = ordinal / Self.blockCount
    let start = block * Self.blockCount
    let (sum, hasEscape) = Self.sum(ofStrides: start..<ordinal, in: strides.rawSpan)
    var units = Int(bases[block]) + (ordinal - start) * (FrameHeader.byteCount / 8) + sum
    if hasEscape {
      var index = exceptionIndex(of: start)
      while index < exceptions.count, exceptions[index].ordinal < UInt32(ordinal) {
        units += Int(exceptions[index].stride) - Int(Self.escape)
        index += 1
      }
    }
    return units * 8
  }

  /// The sum of the strides at `range` of `bytes`, fewer than 64, and whether `escape` is among them; eight at a time.
  static func sum(ofStrides range: Range<Int>, in bytes: RawSpan) -> (sum: Int, hasEscape: Bool) {
    let even: UInt64 = 0x00FF_00FF_00FF_00FF
    // Four sums of 16 bits, of which none exceeds 16 * 255.
    var sums: UInt64 = 0
    var escapes: UInt64 = 0
    func add(_ word: UInt64) {
      sums &+= (word & even) &+ (word >> 8 & even)
      // The highest bit of a byte stays set where all eight were.
      escapes |= (word & 0x7F7F_7F7F_7F7F_7F7F &+ 0x0101_0101_0101_0101) & word
    }
    var offset = range.lowerBound
    while offset + 8 <= range.upperBound {
      add(bytes.integer(at: offset))
      offset += 8
    }
    if offset < range.upperBound, offset + 8 <= bytes.byteCount {
      let rest: UInt64 = bytes.integer(at: offset)
      add(rest & (1 << UInt64(8 * (range.upperBound - offset)) - 1))
      offset = range.upperBound
    }
    while offset < range.upperBound {
      add(UInt64(bytes.integer(at: offset) as UInt8))
      offset += 1
    }
    let sum = Int((sums &* 0x0001_0001_0001_0001) >> 48)
    return (sum, escapes & 0x8080_8080_8080_8080 != 0)
  }

  /// The bytes that this takes in memory.
  var byteCount: Int { bases.count * 4 + strides.count + exceptions.count * 8 }
}
