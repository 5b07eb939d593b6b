internal import IntaglioFormat

/// Looks for whole frames behind the place where the linked prefix of a segment ends.
///
/// FileFormat, "Verdicts".
struct GapSearch {
  /// The segment's bytes, from the beginning of the file.
  let logID: LogID
  let nonce: UInt64
  /// V, and the offset at which the prefix ends.
  let validCount: UInt64
  let prefixEnd: Int

  struct Result {
    var hasFrame = false
    /// The most records that a frame found proves to have been durable.
    var provenCount: UInt64 = 0
  }

  /// - Parameter end: where the last byte that is not zero ends.
  func search(_ bytes: RawSpan, upTo end: Int) -> Result {
    var result = Result()
    // Positions from which following the plausible lengths has found nothing: a second walk need not pass them.
    var barren = [Bool](repeating: false, count: max(0, end - prefixEnd) / 8 + 1)
    var position = prefixEnd
    while position < end {
      var walk = position
      var passed: [Int] = []
      var found = false
      while walk < end, !barren[(walk - prefixEnd) / 8] {
        let (length, frame) = look(bytes, at: walk)
        if let frame {
          result.hasFrame = true
          result.provenCount = max(result.provenCount, frame.provenDurableCount)
          found = true
          walk += frame.frameByteCount
        } else if let length {
          passed.append(walk)
          walk += length
        } else {
          passed.append(walk)
          break
        }
      }
      if found {
        position = walk
        // Where the walk stopped, the search goes on by steps of 8.
        if position < end, barren[(position - prefixEnd) / 8] || passed.last == position {
          barren[(position - prefixEnd) / 8] = true
          position += 8
        }
      } else {
        for index in passed { barren[(index - prefixEnd) / 8] = true }
        position += 8
      }
    }
    return result
  }

  /// What stands at `position`: a plausible length, or a frame that counts.
  private func look(_ bytes: RawSpan, at position: Int) -> (length: Int?, frame: FrameHeader?) {
    switch FrameHeader.parse(
      bytes, at: position, available: bytes.byteCount - position, context: logID.context)
    {
    case .end: return (nil, nil)
    case .filler(let byteCount): return (byteCount, nil)
    case .invalid(_, let plausible): return (plausible, nil)
    case .frame(let frame):
      let sequence = frame.sequence.rawValue
      let gap = UInt64(position - prefixEnd)
      guard sequence > validCount,
        sequence - validCount <= gap / UInt64(FrameHeader.byteCount),
        frame.crcHolds(bytes, at: position, nonce: nonce), frame.contentHolds(bytes, at: position)
      else { return (frame.frameByteCount, nil) }
      return (nil, frame)
    }
  }
}
