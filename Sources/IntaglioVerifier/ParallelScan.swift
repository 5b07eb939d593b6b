internal import IntaglioFormat
internal import IntaglioStorage
internal import Synchronization

/// Reads the valid frames of every segment from its beginning, on several threads.
///
/// Segments are cut into chunks of equal byte counts. A thread takes the next chunk, reads it, waits for its turn to find
/// the frames that begin in it (which needs the end of the chunk before and little time), lets the next thread have its
/// turn, and then checks the frames, which takes nearly all the time. What the chunks bring is joined in their order.
final class ParallelScan: Sendable {
  private let logID: LogID
  private let watched: [UInt64]
  private let bound: UInt64?
  private let chunkByteCount: Int
  private let totalByteCount: Int
  private let progress: (@Sendable (Verifier.Progress) -> Void)?
  private let shared: Locked<Shared>
  /// The number of the chunk in which frames are found now.
  private let turn = Atomic(0)
  private let changed = EventCount()

  init(
    _ segments: [SegmentFile], logID: LogID, watched: [UInt64], bound: UInt64?,
    chunkByteCount: Int, progress: (@Sendable (Verifier.Progress) -> Void)?
  ) {
    precondition(chunkByteCount > 0)
    self.logID = logID
    self.watched = watched
    self.bound = bound
    self.chunkByteCount = chunkByteCount
    self.progress = progress
    totalByteCount = segments.reduce(0) { $0 + $1.byteCount }
    shared = Locked(
      Shared(
        scanned: segments.map { segment in
          ScannedSegment(
            file: segment, run: segment.start(logID: logID).map { FrameRun(from: $0) })
        }))
  }

  /// Reads all segments and returns what was found in each.
  func run(threadCount: Int) throws(StorageError) -> [ScannedSegment] {
    let threads = (1..<max(1, threadCount)).map { _ in BackgroundThread { self.work() } }
    work()
    for thread in threads { thread.join() }
    return try shared.withLock { shared throws(StorageError) in
      if let failure = shared.failure { throw failure }
      return shared.scanned
    }
  }

  /// A chunk that a thread has taken.
  private struct Job {
    let number: Int
    let segmentIndex: Int
    let segment: SegmentFile
    let nonce: UInt64
    let file: OpenFile
    let range: Range<Int>
  }

  private struct Shared {
    var scanned: [ScannedSegment]
    // Taking.
    var nextNumber = 0
    var segmentIndex = 0
    var nextOffset = SegmentHeader.byteCount
    var file: OpenFile?
    // Turns.
    var turnSegmentIndex = -1
    var position = Position(offset: 0, sequence: 0, chain: .zero)
    var state = ReadingState.goingOn
    // Joining.
    var done: [Int: (segmentIndex: Int, byteCount: Int, run: FrameRun)] = [:]
    var joinedCount = 0
    var joinedByteCount = 0
    var failure: StorageError?
  }

  private func work() {
    do throws(StorageError) {
      var buffer = ChunkBuffer(byteCount: chunkByteCount + Self.slack)
      var check = ChunkCheck(context: logID.context, watched: watched)
      var chunk = ChunkFrames()
      while let job = try take() {
        try run(job, &buffer, &chunk, &check)
        ForkGuard.letForksBy()
      }
    } catch {
      shared.withLock { $0.failure = $0.failure ?? error }
      changed.notifyAll()
    }
  }

  /// Read beyond a chunk, so that most frames that begin in it are whole at once.
  private static let slack = 16 << 10

  private func take() throws(StorageError) -> Job? {
    try shared.withLock { shared throws(StorageError) in
      guard shared.failure == nil else { return nil }
      while shared.segmentIndex < shared.scanned.count {
        let segment = shared.scanned[shared.segmentIndex].file
        let isAbandoned =
          shared.turnSegmentIndex == shared.segmentIndex
          && (shared.state == .broken || shared.state == .atBound)
        guard let header = segment.header, header.logID == logID,
          shared.nextOffset < segment.byteCount, !isAbandoned
        else {
          shared.segmentIndex += 1
          shared.nextOffset = SegmentHeader.byteCount
          shared.file = nil
          continue
        }
        let file: OpenFile
        if let open = shared.file { file = open } else { file = try segment.open() }
        shared.file = file
        let end = min(shared.nextOffset + chunkByteCount, segment.byteCount)
        let job = Job(
          number: shared.nextNumber, segmentIndex: shared.segmentIndex, segment: segment,
          nonce: header.nonce, file: file, range: shared.nextOffset..<end)
        shared.nextNumber += 1
        shared.nextOffset = end
        return job
      }
      return nil
    }
  }

  private func run(
    _ job: Job, _ buffer: inout ChunkBuffer, _ chunk: inout ChunkFrames,
    _ check: inout ChunkCheck
  ) throws(StorageError) {
    let end = min(job.range.upperBound + Self.slack, job.segment.byteCount)
    try buffer.load(job.range.lowerBound..<end, of: job.file.file)
    guard let (start, state) = waitForTurn(job) else { return }
    let isReading = state == .goingOn && start.offset < job.range.upperBound
    if isReading {
      let next = chunk.find(
        from: start, before: job.range.upperBound, in: buffer, of: job.segment,
        context: logID.context, bound: bound)
      passTurn(next, chunk.state)
    } else {
      passTurn(start, state)
    }
    var run = FrameRun(from: start)
    run.state = state
    if isReading {
      if let last = chunk.frames.last {
        try buffer.extend(to: buffer.offset + last.end, of: job.file.file)
      }
      run = try check.run(chunk, in: buffer, nonce: job.nonce, file: job.file.file)
    }
    if run.state == .ended {
      let zeros = max(run.end.offset, job.range.lowerBound)..<job.range.upperBound
      let rest = buffer.bytes.extracting(
        zeros.lowerBound - buffer.offset..<zeros.upperBound - buffer.offset)
      run.firstNonzero = rest.firstNonzeroOffset.map { $0 + zeros.lowerBound }
    }
    join(job, run)
  }

  /// How often a thread looks for its turn before it sleeps.
  ///
  /// Turns are short, and a thread that sleeps is likely to be woken on the processor of the one that wakes it: both then
  /// share it for milliseconds while another is idle.
  private static let patience = 1000

  /// Where the chunk before ended, as soon as that is known; nil if another thread failed.
  private func waitForTurn(_ job: Job) -> (Position, ReadingState)? {
    var looks = 0
    while looks < Self.patience && !isTurn(of: job) {
      BackgroundThread.yield()
      looks += 1
    }
    while true {
      let ticket = changed.ticket
      if shared.withLock({ $0.failure != nil }) { return nil }
      if isTurn(of: job) { break }
      changed.wait(after: ticket)
    }
    return shared.withLock { shared in
      if shared.turnSegmentIndex != job.segmentIndex,
        let start = job.segment.start(logID: logID)
      {
        shared.turnSegmentIndex = job.segmentIndex
        shared.position = start
        shared.state = .goingOn
      }
      return (shared.position, shared.state)
    }
  }

  private func isTurn(of job: Job) -> Bool { turn.load(ordering: .acquiring) == job.number }

  private func passTurn(_ position: Position, _ state: ReadingState) {
    shared.withLock { shared in
      shared.position = position
      shared.state = state
    }
    turn.add(1, ordering: .releasing)
    changed.notifyAll()
  }

  private func join(_ job: Job, _ run: FrameRun) {
    shared.withLock { shared in
      shared.done[job.number] = (job.segmentIndex, job.range.count, run)
      while let next = shared.done.removeValue(forKey: shared.joinedCount) {
        shared.scanned[next.segmentIndex].run?.append(next.run)
        shared.joinedCount += 1
        shared.joinedByteCount += next.byteCount
        progress?(
          Verifier.Progress(
            byteCount: min(shared.joinedByteCount, totalByteCount),
            totalByteCount: totalByteCount))
      }
    }
  }
}
