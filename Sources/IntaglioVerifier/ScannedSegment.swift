internal import IntaglioFormat

/// Where in a segment a reader stands: behind a frame, knowing what has to come next.
struct Position: Hashable, Sendable {
  /// In the segment's file.
  var offset: Int
  /// Of the next record.
  var sequence: UInt64
  /// Of the record before.
  var chain: Digest
  /// The record before was not the last of its batch.
  var isInBatch = false
}

/// How reading the frames of a segment went.
enum ReadingState: Hashable, Sendable {
  case goingOn
  /// The frames end as they should; what follows is zeros if `firstNonzero` stays nil.
  case ended
  /// Here stands something that is not the valid next frame.
  case broken
  /// Nothing beyond is to be judged.
  case atBound
}

/// What reading a run of frames brought.
///
/// Runs are joined in their order until one of them breaks.
struct FrameRun: Sendable {
  /// Behind the last valid frame.
  var end: Position
  /// Behind the last valid frame that ends a batch.
  var commit: Position?
  var state: ReadingState = .goingOn
  /// The first byte after the end of the frames that is not zero.
  var firstNonzero: Int?
  /// The largest count that a valid frame proves to have been durable.
  var provenCount: UInt64 = 0
  var notes = RecordNotes()
  /// Chain values at the counts that heads name.
  var watched: [UInt64: Digest] = [:]

  init(from start: Position) { end = start }

  mutating func append(_ next: FrameRun) {
    if state == .ended && firstNonzero == nil { firstNonzero = next.firstNonzero }
    guard state == .goingOn else { return }
    end = next.end
    commit = next.commit ?? commit
    state = next.state
    firstNonzero = next.firstNonzero
    provenCount = max(provenCount, next.provenCount)
    notes.append(next.notes)
    watched.merge(next.watched) { old, _ in old }
  }
}

/// A segment's file and the valid frames from its beginning, linked to its own header.
struct ScannedSegment: Sendable {
  let file: SegmentFile
  /// Nil if there is no valid header of this log.
  var run: FrameRun?
}

extension SegmentFile {
  /// Where the frames begin, as the header says.
  func start(logID: LogID) -> Position? {
    guard let header, header.logID == logID else { return nil }
    return Position(
      offset: SegmentHeader.byteCount, sequence: header.firstSequence.rawValue,
      chain: header.previousChain)
  }
}
