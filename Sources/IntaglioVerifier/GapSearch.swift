internal import IntaglioFormat
internal import IntaglioStorage

/// Looks for valid frames behind the place where the prefix ends.
///
/// FileFormat, "Frames beyond a gap", says how:
/// first by following plausible lengths; where that finds nothing more, at every multiple of 8. Memory does not grow with
/// the segment, and every byte is parsed at most twice.
struct GapSearch {
  /// Where the first valid frame beyond the gap lies.
  private(set) var firstFrame: Int?
  /// The largest count that one of them proves to have been durable.
  private(set) var provenCount: UInt64 = 0

  /// Searches from the end of the prefix, where the record `count` should have been.
  init(_ reader: inout FrameReader, from prefixEnd: Int, count: UInt64) throws(StorageError) {
    var start = prefixEnd
    for isFollowingLengths in [true, false] {
      var offset = start
      while let candidate = try reader.nextCandidate(from: offset) {
        let step = try self.step(
          &reader, at: candidate, gap: candidate - prefixEnd, count: count,
          isFollowingLengths: isFollowingLengths)
        offset = candidate + step.byteCount
        if step.isFound { start = offset }
      }
    }
  }

  private mutating func step(
    _ reader: inout FrameReader, at offset: Int, gap: Int, count: UInt64,
    isFollowingLengths: Bool
  ) throws(StorageError) -> (byteCount: Int, isFound: Bool) {
    var byteCount = FrameHeader.alignment
    switch try reader.parse(at: offset) {
    case .end: break
    case .filler(let length): if isFollowingLengths { byteCount = length }
    case .invalid(_, let plausible):
      if isFollowingLengths, let plausible { byteCount = plausible }
    case .frame(let header):
      if isFollowingLengths { byteCount = header.frameByteCount }
      let distance = header.sequence.rawValue.subtractingReportingOverflow(count)
      guard !distance.overflow, distance.partialValue > 0,
        distance.partialValue <= UInt64(gap / FrameHeader.byteCount),
        let frame = try reader.frame(at: offset), frame.isValid
      else { break }
      firstFrame = firstFrame ?? offset
      provenCount = max(provenCount, header.provenDurableCount)
      return (header.frameByteCount, true)
    }
    return (byteCount, false)
  }
}
