internal import IntaglioFormat
internal import IntaglioStorage

/// Frames that follow each other in a segment, as many as are looked at at once.
struct FrameRun {
  private static let limit = 8 << 10

  /// What stands behind the frames found.
  enum End {
    /// Perhaps more frames, of which nothing is known yet.
    case more
    /// The frames of the segment end as they should.
    case frames
    case filler(byteCount: Int)
    case defect(String)
  }

  /// By their offsets in the file.
  private(set) var frames: [PlacedFrame] = []
  private(set) var end = End.more
  /// Whether HEAD vouches for all of them.
  private(set) var isTrusted = false

  /// Finds the frames behind the valid ones of `segment`, of which the first is to be record `count`.
  mutating func find(
    in segment: TailScan.ScannedSegment, from count: UInt64, trustedEnd: Int, _ context: UInt64
  ) {
    frames.removeAll(keepingCapacity: true)
    frames.reserveCapacity(Self.limit)
    end = .more
    let bytes = segment.mapping.bytes
    var offset = segment.validEnd
    isTrusted = offset < trustedEnd
    while frames.count < Self.limit {
      let available = bytes.byteCount - offset
      switch bytes.parseFrame(at: offset, available: available, context: context) {
      case .end: return end = .frames
      case .invalid(let what, _): return end = .defect(what.description)
      case .filler(let byteCount): return end = .filler(byteCount: byteCount)
      case .frame(let outline):
        guard outline.sequence.rawValue == count + UInt64(frames.count) else {
          return end = .defect("record \(outline.sequence) stands here")
        }
        let frame = PlacedFrame(outline, at: offset)
        if isTrusted && frame.end > trustedEnd {
          // What HEAD does not vouch for is a run of its own.
          guard frames.isEmpty else { return }
          isTrusted = false
        }
        frames.append(frame)
        offset = frame.end
        if isTrusted && offset == trustedEnd { return }
      }
    }
  }
}
