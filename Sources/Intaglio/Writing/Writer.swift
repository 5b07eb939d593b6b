internal import IntaglioFormat
internal import IntaglioStorage

/// What the writer's lock protects: the order of records, the staging buffers, and who commits.
///
/// Invariants:
/// - `nextSequence` and `chain` are those after the last record ordered; a group ends where a batch ends.
/// - Bytes [group.fileOffset, group.fileOffset + group.byteCount) of `group.plan`'s file are those of the open group.
/// - A buffer belongs to the open group, is free, in a closed group, or being committed; there are at most `bufferLimit`.
/// - The header of the open group's buffer names the group's plan.
/// - Groups are committed in their order. A group of another plan than `segment`'s makes its committer change the segment;
///   there is at most one such plan at a time, and its file is prepared.
/// - At most one thread commits; `isSealing` is set while an appender changes the segment, and nobody may order then.
struct Writer {
  var nextSequence: UInt64
  var chain: Digest
  var lastTime: UInt64 = 0
  /// Records known to be handed to the operating system, and those that HEAD calls durable.
  var writtenCount: UInt64
  var durableCount: UInt64
  /// Records known to be synced: those that HEAD calls durable, or more where a sync has ended since HEAD was written.
  var syncedCount: UInt64
  var syncedPoint: DurablePoint?
  /// The segment that is written to, and where in its file what is written ends.
  var segment: ActiveSegment
  var writtenOffset: Int
  var group: Group
  /// Full groups that wait for their commit, in order.
  var closedGroups: [Group] = []
  /// The group that is being written.
  var groupInFlight: Group?
  var freeBuffers: [StagingBuffer] = []
  /// Made for large batches and kept for the next ones, until nothing is appended for a while: memory that is touched for the
  /// first time costs more than what is done with it.
  var largeBuffers: [StagingBuffer] = []
  /// One buffer is filled while the other is synced; where syncs are rare, more of them hide the change of a segment.
  let bufferLimit: Int
  var bufferCount = 1
  /// Whether buffers are memory, and made when they are needed; else they are slots of a file, and somebody makes them ahead.
  var makesBuffers = true
  var isCommitting = false
  var isSealing = false
  /// Nothing is ordered any more; what was ordered is still committed.
  var isClosed = false
  /// Everything is committed, or cannot be: the committer ends.
  var isFinished = false
  var failure: LogError?
  /// The highest count of records that somebody waits for: the committer goes on until it is acknowledged.
  var wantedCount: UInt64 = 0
  /// The highest count of records that was acknowledged because buffers that survive the process held what was not written.
  var stagedCount: UInt64 = 0
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
    /// The segment in which the group will lie.
    var plan: SegmentPlan
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
      unsynced: UInt32(clamping: sequence.rawValue - syncedCount), nonce: group.plan.header.nonce)
  }

  /// Gives the records of a batch their places; one SHA-256 block each.
  mutating func order(_ records: inout PreparedFrames, at time: UInt64) -> BatchPlace {
    let first = SequenceNumber(nextSequence)
    chain = records.order(after: chain, first: first, time: Timestamp(nanoseconds: time))
    nextSequence += UInt64(records.count)
    return BatchPlace(
      sequences: first..<SequenceNumber(nextSequence), chain: chain, durableCount: syncedCount,
      nonce: group.plan.header.nonce)
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
      number: closed.number + 1, plan: closed.plan, buffer: buffer, startCount: closed.endCount,
      fileOffset: endOffset, endCount: closed.endCount, endChain: closed.endChain)
    writeStagingHeader()
    return closed
  }

  /// Lets the buffer of the open group, which is empty, say for which segment its frames are made.
  func writeStagingHeader() {
    let header = group.plan.stagingHeader
    group.buffer.writeHeader(header.rawSpan)
  }

  /// The next group to commit, closing the open one if need be; nil if nothing is staged, or no buffer is free.
  mutating func takeGroup() -> Group? {
    if !closedGroups.isEmpty {
      groupInFlight = closedGroups.removeFirst()
    } else {
      guard group.byteCount > 0, let buffer = takeFreeBuffer() else { return nil }
      groupInFlight = closeGroup(nextBuffer: buffer)
    }
    return groupInFlight
  }

  /// A buffer for a batch that is larger than the others.
  mutating func takeLargeBuffer(_ byteCount: Int) -> StagingBuffer {
    if let index = largeBuffers.firstIndex(where: { $0.byteCount >= byteCount }) {
      return largeBuffers.remove(at: index)
    }
    // Rounded, so that batches of about one size can have it.
    return StagingBuffer(byteCount: rounded(byteCount, upTo: Engine.stagingByteCount))
  }

  /// Keeps a buffer that was made for a large batch, if it is not too large and there are not enough of them.
  mutating func keepLargeBuffer(_ buffer: StagingBuffer) {
    guard buffer.byteCount <= Self.largestKeptByteCount else { return }
    if largeBuffers.count == Self.largeBufferLimit { largeBuffers.removeFirst() }
    largeBuffers.append(buffer)
  }

  private static let largestKeptByteCount = 16 << 20
  /// One is filled while another is written.
  private static let largeBufferLimit = 2

  /// Whether there is a buffer for the next group.
  var hasFreeBuffer: Bool { !freeBuffers.isEmpty || (makesBuffers && bufferCount < bufferLimit) }

  /// A buffer for the next group, made now if there may be one more.
  mutating func takeFreeBuffer() -> StagingBuffer? {
    if let free = freeBuffers.popLast() { return free }
    guard makesBuffers, bufferCount < bufferLimit else { return nil }
    bufferCount += 1
    return StagingBuffer(byteCount: Engine.stagingByteCount)
  }

  /// Goes on in the segment of `plan`; the caller has a free buffer for that unless nothing is staged.
  mutating func order(into plan: SegmentPlan, nextBuffer buffer: StagingBuffer) {
    if group.byteCount > 0 {
      closedGroups.append(closeGroup(nextBuffer: buffer))
      wantsCommitter = true
    } else {
      freeBuffers.append(buffer)
    }
    begin(plan)
  }

  /// Lets the open group, which is empty, begin the segment of `plan`.
  mutating func begin(_ plan: SegmentPlan) {
    group.plan = plan
    group.fileOffset = SegmentHeader.byteCount
    writeStagingHeader()
  }
}

/// The place of a batch in the log.
struct BatchPlace: Sendable {
  var sequences: Range<SequenceNumber>
  /// The chain value of the last record.
  var chain: Digest
  /// How many records were known to be synced.
  var durableCount: UInt64
  /// Of the segment in which the frames will lie.
  var nonce: UInt64
}

/// A segment that records are ordered into, perhaps before its file has its name.
final class SegmentPlan: Sendable {
  let header: SegmentHeader
  /// What a staging buffer with frames for it begins with.
  let stagingHeader: [UInt8]

  init(_ header: SegmentHeader) {
    self.header = header
    stagingHeader = StagingSlot(logID: header.logID, nonce: header.nonce).encoded
  }
}

/// The segment that is written: its file, and what frames need to know of it.
final class ActiveSegment: Sendable {
  let plan: SegmentPlan
  let file: File
  /// The file as readers of this process have it.
  let reading: Segment
  /// The index that grows with it; readers of this process share it.
  let index: LiveIndex
  private let failure = Locked<StorageError?>(nil)

  /// Syncs the file, one thread at a time: the system tells of a failed write-back once, and whoever comes second must not
  /// take its silence for success.
  func synchronize() throws(StorageError) {
    try failure.withLock { failure throws(StorageError) in
      if let failure { throw failure }
      do throws(StorageError) { try file.synchronizeData() } catch {
        failure = error
        throw error
      }
    }
  }

  var header: SegmentHeader { plan.header }
  var capacity: Int { header.capacity }

  init(plan: SegmentPlan, file: consuming File, reading: Segment, index: LiveIndex) {
    self.plan = plan
    self.reading = reading
    self.file = file
    self.index = index
  }
}
