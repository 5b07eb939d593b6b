internal import IntaglioFormat
internal import IntaglioStorage

extension Engine {
  /// Writes out what is staged, makes the next segment, and goes on in it.
  ///
  /// The caller, an appender whose records do not fit, has the roles of committing and sealing, and what is staged is all
  /// for the present segment. Where the next segment is prepared, `changeSegment(to:)` alone does, in the committer.
  func rotate(minimumFrameByteCount: Int) throws(LogError) {
    let sealed = writer.withLock { $0.segment }
    do throws(StorageError) {
      while let group = writer.withLock({ $0.takeGroup() }) {
        try write(group, in: sealed)
        groupEvents[Int(group.number % 4)].notifyAll()
      }
    } catch {
      fail(error)
      throw poisonedError
    }
    let number = sealed.header.number + 1
    let capacity = options.capacity(
      ofSegment: number, atLeast: SegmentHeader.byteCount + minimumFrameByteCount)
    do throws(StorageError) {
      try housekeeping.waitForSegment(number: number)
      if !housekeeping.takeSegment(capacity: capacity, number: number) {
        housekeeping.giveUpSegment(number: number)
        try directory.prepareNextSegment(capacity: capacity, writingZeros: writesZerosAhead)
      }
    } catch {
      // The log is as it was: what did not fit is not appended, and may be tried again.
      endSealing()
      throw LogError(error)
    }
    let (count, chain) = writer.withLock { ($0.writtenCount, $0.chain) }
    let plan = SegmentPlan(
      SegmentHeader(
        logID: manifest.logID, number: number, firstSequence: SequenceNumber(count),
        capacity: capacity, nonce: .random(in: .min ... .max), previousChain: chain))
    do throws(StorageError) { _ = try changeSegment(to: plan) } catch {
      fail(error)
      throw poisonedError
    }
    writer.withLock { $0.begin(plan) }
    endSealing()
  }

  /// Seals the segment that is written, gives `segments/next` the header of `plan` and its name, and lets readers see it.
  ///
  /// The caller has the role of committing, and has written all groups of the present segment.
  ///
  /// System calls: fdatasync (segment), pwrite (HEAD); pwrite (header of `next`), fdatasync (`next`), rename, fsync
  /// (directory), open and mmap (new segment); fdatasync (HEAD).
  func changeSegment(to plan: SegmentPlan) throws(StorageError) -> ActiveSegment {
    let (sealed, count, endOffset) = writer.withLock {
      ($0.segment, $0.writtenCount, $0.writtenOffset)
    }
    try synchronize(sealed, endOffset: endOffset, count: count)
    let next = try directory.installNextSegment(plan)
    let last = sealed.index.highestStream
    next.index.withContents { $0.declaredBefore = last }
    try head.synchronize()
    published.withLock { $0.list = $0.list.appending(next.reading) }
    writer.withLock { writer in
      writer.segment = next
      writer.writtenOffset = SegmentHeader.byteCount
      writer.segmentGroupCount = 0
    }
    housekeeping.buildSidecar(of: sealed)
    return next
  }

  private func endSealing() {
    writer.withLock { writer in
      writer.isSealing = false
      writer.isCommitting = false
    }
    announce(nil)
  }

  private var poisonedError: LogError {
    writer.withLock { $0.failure } ?? closedError
  }
}

extension LogDirectory {
  private static let zeros = [UInt8](repeating: 0, count: 1 << 20)

  /// Makes `segments/next`: `capacity` bytes that are reserved, so that a full disk shows here and never later.
  ///
  /// System calls: unlink, open, posix_fallocate, pwrite of zeros, fdatasync; unlink on failure.
  /// - Parameter writingZeros: whether the blocks are also written, so that a sync of frames does not have to change the
  ///   file's extents: two to three times cheaper for small groups. Not worth it where syncs are rare.
  func prepareNextSegment(capacity: Int, writingZeros: Bool) throws(StorageError) {
    try segments.remove(FileName.nextSegment)
    do throws(StorageError) {
      let file = try segments.open(FileName.nextSegment, .createNew)
      try file.allocate(byteCount: capacity)
      var offset = 0
      while writingZeros, offset < capacity {
        let count = min(Self.zeros.count, capacity - offset)
        try file.write(Self.zeros.rawSpan.extracting(0..<count), at: offset)
        offset += count
      }
      try file.synchronizeData()
    } catch {
      // The file may have been grown in part: nothing of it is to stay on a full disk.
      try? segments.remove(FileName.nextSegment)
      throw error
    }
  }

  /// Gives `segments/next` its header and its name, durably, and opens it for writing and reading.
  func installNextSegment(_ plan: SegmentPlan) throws(StorageError) -> ActiveSegment {
    let header = plan.header
    do {
      let next = try segments.open(FileName.nextSegment, .readWrite)
      try next.write(header.encoded, at: 0)
      try next.synchronizeData()
    }
    let name = FileName.segment(header.firstSequence)
    try segments.rename(FileName.nextSegment, to: name)
    try segments.synchronize()
    return try openActiveSegment(plan, LiveIndex())
  }

  /// Opens the segment in which the log goes on.
  func openActiveSegment(
    _ plan: SegmentPlan, _ index: LiveIndex
  ) throws(StorageError) -> ActiveSegment {
    let header = plan.header
    let name = FileName.segment(header.firstSequence)
    let file = try segments.open(name, .readWrite)
    let mapping = try file.map(byteCount: header.capacity)
    let open = OpenSegment(
      header: header, path: segments.path(of: name), index: index, mapping: mapping)
    let reading = Segment(open, in: segments, access: .mapped)
    return ActiveSegment(plan: plan, file: file, reading: reading, index: index)
  }
}
