internal import IntaglioFormat

/// Where a record of a state lies, in 16 bytes: there may be very many of them.
struct StateNote: Hashable, Sendable {
  // From the lowest bit: the kind, counted from the first, in three; whether the record ends its batch; the sequence.
  private let word: UInt64
  // Frames begin at multiples of 8, in files of at most 2^34 bytes.
  private let offsetInFrameUnits: UInt32
  let stream: StreamNumber

  private static let firstKind = RecordKind.stateSpace.rawValue
  private static let lastKind = RecordKind.stateRollback.rawValue

  /// Nil for a record that is of no state.
  ///
  /// A sequence of 2^60 or more is cut off: no valid prefix reaches so far.
  init?(_ frame: FrameOutline, offset: Int) {
    guard (Self.firstKind...Self.lastKind).contains(frame.kind) else { return nil }
    word =
      frame.sequence.rawValue << 4 | (frame.isCommit ? 8 : 0)
      | UInt64(frame.kind - Self.firstKind)
    offsetInFrameUnits = UInt32(truncatingIfNeeded: offset / FrameHeader.alignment)
    stream = frame.stream
  }

  var sequence: SequenceNumber { SequenceNumber(word >> 4) }
  var kind: RecordKind { RecordKind(UInt16(word & 7) + Self.firstKind) }
  /// The record is the last of its batch.
  var isCommit: Bool { word & 8 != 0 }
  /// In the segment's file.
  var offset: Int { Int(offsetInFrameUnits) * FrameHeader.alignment }
}
