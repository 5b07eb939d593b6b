internal import IntaglioFormat
internal import IntaglioStorage

/// What the writer's lock protects: the order of records, the staging buffers, and who commits.
///
/// Invariants:
/// - `nextSequence` and `chain` are those after the last record ordered; a group ends where a batch ends.
/// - Bytes [group.fileOffset, group.fileOffset + group.byteCount) of `segment` are those of the open group.
/// - Of the two buffers one belongs to the open group, the other is free, in the closed group, or being committed.
/// - At most one thread commits; `isSealing` is set while it also changes the segment, and nobody may order then.
struct Writer {
  var nextSequence: UInt64
  var chain: Digest
  var lastTime: UInt64 = 0
  /// Records known to be handed to the operating system, and to be synced.
  var writtenCount: UInt64
  var durableCount: UInt64
  var segment: ActiveSegment
  var group: Group
  /// A full group that waits for its commit.
  var closedGroup: Group?
  var freeBuffer: StagingBuffer?
  var isCommitting = false
  var isSealing = false
  /// Nothing is ordered any more; what was ordered is still committed.
  var isClosed = false
  /// Everything is committed, or cannot be: the committer ends.
  var isFinished = false
  var failure: LogError?
  /// The highest count of records that somebody waits for: the committer goes on until it is acknowledged.
  var wantedCount: UInt64 = 0
  /// The committer has to be woken by whoever orders next: it sleeps without a time limit, or a group was closed.
  var wantsCommitter = false
  /// Bytes written and not synced.
  var unsyncedByteCount = 0
  /// Groups written to this segment, which with their bytes tells how large groups are.
  var segmentGroupCount = 0
  var nextStream: UInt32

  /// Consecutive batches that are written together.
  struct Group: Sendable {
    var number: UInt64
    var buffer: StagingBuffer
    /// The count of records before the group.
    var startCount: UInt64
    var byteCount = 0
    /// Where in the segment's file the group begins.
    var fileOffset: Int
    /// The count of records and the chain value at the end of the group.
    var endCount: UInt64
    var endChain: Digest
  }

  /// The place that a batch got.
  struct Reservation: Sendable {
    var buffer: StagingBuffer
    var range: Range<Int>
    var wakesCommitter: Bool
  }

  /// The offset in the segment's file at which the next frame goes.
  var endOffset: Int { group.fileOffset + group.byteCount }

  /// Gives a record its place; one SHA-256 block.
  mutating func order(_ record: PreparedRecord, at time: UInt64) -> FramePlace {
    let sequence = SequenceNumber(nextSequence)
    let time = Timestamp(nanoseconds: time)
    chain = record.chain(after: chain, sequence: sequence, time: time)
    nextSequence += 1
    return FramePlace(
      sequence: sequence, time: time, chain: chain,
      unsynced: UInt32(clamping: sequence.rawValue - durableCount), nonce: segment.nonce)
  }

  /// Takes `byteCount` bytes of the open group, whose records are already ordered.
  mutating func reserve(_ byteCount: Int) -> Reservation {
    let start = group.byteCount
    group.byteCount += byteCount
    group.endCount = nextSequence
    group.endChain = chain
    group.buffer.reserve()
    let wakes = wantsCommitter
    wantsCommitter = false
    return Reservation(
      buffer: group.buffer, range: start..<start + byteCount, wakesCommitter: wakes)
  }

  /// Closes the open group and opens the next one in `buffer`.
  mutating func closeGroup(nextBuffer buffer: StagingBuffer) -> Group {
    let closed = group
    group = Group(
      number: closed.number + 1, buffer: buffer, startCount: closed.endCount,
      fileOffset: endOffset, endCount: closed.endCount, endChain: closed.endChain)
    return closed
  }

  /// The next group to commit, closing the open one if need be; nil if nothing is staged, or no buffer is free.
  mutating func takeGroup() -> Group? {
    if let closed = closedGroup {
      closedGroup = nil
      return closed
    }
    guard group.byteCount > 0, let buffer = freeBuffer else { return nil }
    freeBuffer = nil
    return closeGroup(nextBuffer: buffer)
  }
}

/// The segment that is written: its file, and what frames need to know of it.
final class ActiveSegment: Sendable {
  let header: SegmentHeader
  let file: File
  /// The file as readers of this process have it.
  let reading: Segment
  /// The index that grows with it; readers of this process share it.
  let index: LiveIndex

  var nonce: UInt64 { header.nonce }
  var capacity: Int { header.capacity }

  init(
    header: SegmentHeader, file: consuming File, reading: Segment, index: LiveIndex
  ) {
    self.header = header
    self.reading = reading
    self.file = file
    self.index = index
  }
}
