internal import IntaglioFormat

/// The valid, linked records from the first segment on.
///
/// FileFormat, "Verdicts", says what they are.
/// Whatever stands behind the valid frames of a segment, the next segment belongs to the prefix if its header continues
/// exactly there, behind a commit: then no record is missing between them.
struct Prefix: Sendable {
  /// A place in a log: a segment, by its index, and an offset in its file.
  struct Place: Hashable, Sendable {
    var segmentIndex: Int
    var offset: Int
  }

  /// V.
  private(set) var validCount: UInt64 = 0
  /// C.
  private(set) var committedCount: UInt64 = 0
  /// Of the record before C.
  private(set) var committedChain: Digest
  /// Where the committed records end.
  private(set) var committedEnd = Place(segmentIndex: 0, offset: SegmentHeader.byteCount)
  /// The last segment that the prefix has entered, in which C lies; nil if the first is no beginning.
  private(set) var lastIndex: Int?
  /// What the valid records say, in their order, by segment.
  private(set) var notes: [(segmentIndex: Int, notes: RecordNotes)] = []
  private var watched: [UInt64: Digest]

  init(_ scanned: [ScannedSegment], logID: LogID) {
    var end = Position(offset: 0, sequence: 0, chain: logID.genesis)
    committedChain = logID.genesis
    watched = [0: logID.genesis]
    for (index, segment) in scanned.enumerated() {
      guard !end.isInBatch, let header = segment.file.header, let run = segment.run,
        header.number == UInt64(index), header.firstSequence == segment.file.first,
        header.firstSequence.rawValue == end.sequence, header.previousChain == end.chain
      else { return }
      lastIndex = index
      committedEnd = Place(segmentIndex: index, offset: SegmentHeader.byteCount)
      if let commit = run.commit {
        committedCount = commit.sequence
        committedChain = commit.chain
        committedEnd.offset = commit.offset
      }
      end = run.end
      validCount = run.end.sequence
      notes.append((index, run.notes))
      watched.merge(run.watched) { old, _ in old }
    }
  }

  /// The chain value of record `count` - 1, where a head names that count.
  func chain(at count: UInt64) -> Digest? { watched[count] }
}
