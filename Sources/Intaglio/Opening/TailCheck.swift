internal import IntaglioFormat
internal import IntaglioStorage

/// Checks the frames of a log's end, on two threads where there are many.
enum TailCheck {
  /// From how many frames on a second thread is worth its beginning, about 50 us.
  private static let parallelCount = 2048

  /// The first of `frames` that does not hold, as `FrameCheck` finds it: neighbours are checked in pairs, so that two halves
  /// are checked at once.
  static func firstFault(
    in frames: [PlacedFrame], of mapping: Mapping, after previous: Digest, nonce: UInt64
  ) -> (index: Int, fault: FrameCheck.Fault)? {
    @Sendable func check(
      _ range: Range<Int>, after previous: Digest
    ) -> (index: Int, fault: FrameCheck.Fault)? {
      var check = FrameCheck()
      return check.firstFault(
        at: range, of: frames, in: mapping.bytes, after: previous, nonce: nonce)
    }
    guard frames.count >= parallelCount else { return check(0..<frames.count, after: previous) }
    let middle = frames.count / 2
    let boundary = FrameHeader.chain(storedIn: mapping.bytes, at: frames[middle - 1].offset)
    let second = Locked<(index: Int, fault: FrameCheck.Fault)?>(nil)
    let thread = BackgroundThread {
      let found = check(middle..<frames.count, after: boundary)
      second.withLock { $0 = found }
    }
    let first = check(0..<middle, after: previous)
    thread.join()
    return first ?? second.withLock { $0 }
  }
}

extension FrameCheck.Fault {
  var description: String {
    switch self {
    case .checksum: "the CRC does not match"
    case .content: "the payload does not match its digest"
    case .chain: "the chain value does not follow from the record before"
    }
  }
}
