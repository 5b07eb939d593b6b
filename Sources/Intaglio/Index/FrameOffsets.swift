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
    if let last = strides.indices.last, end != offset {
      let stride = self.stride(of: last) + (offset - end) / 8
      setStride(stride, of: last)
    }
    if strides.count % Self.blockCount == 0 { bases.append(UInt32(offset / 8)) }
    strides.append(0)
    setStride((next - offset - FrameHeader.byteCount) / 8, of: strides.count - 1)
    end = next
  }

  private mutating func setStride(_ stride: Int, of ordinal: Int) {
    if exceptions.last?.ordinal == UInt32(ordinal) { exceptions.removeLast() }
    if stride < Int(Self.escape) {
      strides[ordinal] = UInt8(stride)
    } else {
      strides[ordinal] = Self.escape
      exceptions.append(Exception(ordinal: UInt32(ordinal), stride: UInt32(stride)))
    }
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
    var units = Int(bases[block]) + (ordinal - start) * (FrameHeader.byteCount / 8)
    var hasEscape = false
    for index in start..<ordinal {
      let short = strides[index]
      units += Int(short)
      if short == Self.escape { hasEscape = true }
    }
    if hasEscape {
      var index = exceptionIndex(of: start)
      while index < exceptions.count, exceptions[index].ordinal < UInt32(ordinal) {
        units += Int(exceptions[index].stride) - Int(Self.escape)
        index += 1
      }
    }
    return units * 8
  }

  /// The bytes that this takes in memory.
  var byteCount: Int { bases.count * 4 + strides.count + exceptions.count * 8 }
}
