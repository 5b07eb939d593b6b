internal import IntaglioFormat
internal import IntaglioStorage

extension Engine {
  /// Writes the next group, if there is one, and synchronizes if asked; false if there is nothing to do or another
  /// thread is at it.
  ///
  /// System calls of a synced commit: pwrite (segment), fdatasync (segment), pwrite (HEAD); of another: pwrite (segment),
  /// pwrite (HEAD).
  @discardableResult
  func commit(synchronizing: Bool) -> Bool {
    let work = writer.withLock { writer -> CommitWork? in
      guard !writer.isCommitting, writer.failure == nil else { return nil }
      let group = writer.takeGroup()
      guard group != nil || (synchronizing && writer.durableCount < writer.writtenCount) else {
        return nil
      }
      writer.isCommitting = true
      return CommitWork(
        group: group, segment: writer.segment,
        endOffset: group.map { $0.fileOffset + $0.byteCount } ?? writer.writtenOffset,
        writtenCount: group?.endCount ?? writer.writtenCount,
        unsyncedByteCount: writer.unsyncedByteCount + (group?.byteCount ?? 0))
    }
    guard var work else { return false }
    do throws(StorageError) {
      if let group = work.group {
        if group.plan !== work.segment.plan { work.segment = try changeSegment(to: group.plan) }
        try write(group, in: work.segment)
      }
      if synchronizing || isSyncDue(work.unsyncedByteCount) {
        try synchronize(work.segment, endOffset: work.endOffset, count: work.writtenCount)
      }
      writer.withLock { $0.isCommitting = false }
      announce(work.group)
      requestNextSegment(work)
    } catch {
      fail(error)
    }
    return true
  }

  private struct CommitWork: Sendable {
    var group: Writer.Group?
    var segment: ActiveSegment
    var endOffset: Int
    var writtenCount: UInt64
    var unsyncedByteCount: Int
  }

  /// Writes a group into its place, and lets readers see it.
  ///
  /// The caller has the role of committing.
  func write(_ group: Writer.Group, in segment: ActiveSegment) throws(StorageError) {
    group.buffer.waitUntilFilled()
    let bytes = group.buffer.bytes.extracting(0..<group.byteCount)
    try segment.file.write(bytes, at: group.fileOffset)
    segment.index.extend(bytes, at: group.fileOffset)
    let syncedPoint = writer.withLock { $0.syncedPoint }
    // Where everybody waits for the sync, HEAD is written after it, for readers of what is written too.
    if !acknowledgesSynced {
      try writeHead {
        $0.writtenCount = group.endCount
        if let syncedPoint { $0.advance(to: syncedPoint) }
      }
    }
    published.withLock {
      $0.count = group.endCount
      $0.chain = group.endChain
    }
    writer.withLock { writer in
      writer.groupInFlight = nil
      writer.writtenCount = group.endCount
      if let syncedPoint { writer.noteDurable(syncedPoint.count) }
      writer.writtenOffset = group.fileOffset + group.byteCount
      writer.unsyncedByteCount += group.byteCount
      writer.segmentGroupCount += 1
      if group.buffer.byteCount == Self.stagingByteCount {
        writer.freeBuffers.append(group.buffer)
      } else {
        writer.keepLargeBuffer(group.buffer)
      }
    }
    spaceEvents.notifyAll()
    wakeFollowers()
  }

  /// Makes everything written durable, and says so in HEAD.
  ///
  /// The caller has the role of committing.
  func synchronize(
    _ segment: ActiveSegment, endOffset: Int, count: UInt64
  ) throws(StorageError) {
    try segment.synchronize()
    let point = DurablePoint(
      count: count, segment: segment.header.firstSequence, offset: endOffset,
      chain: published.withLock { $0.chain })
    try writeHead { $0.advance(to: point) }
    writer.withLock { writer in
      writer.noteDurable(count)
      writer.unsyncedByteCount = 0
    }
  }

  private func writeHead(_ change: (inout HeadSlot) -> Void) throws(StorageError) {
    if try head.write(change) { housekeeping.wake() }
  }

  /// Wakes those who waited for `group`, and the committer if somebody waits for more.
  func announce(_ group: Writer.Group?) {
    let wantsMore = writer.withLock { writer in
      writer.wantedCount > acknowledgedCount(writer)
    }
    if let group {
      groupEvents[Int(group.number % 4)].notifyAll()
    } else {
      for events in groupEvents { events.notifyAll() }
    }
    spaceEvents.notifyAll()
    resumeAsynchronousWaiters()
    if wantsMore { committerEvents.notifyAll() }
  }

  /// A write or sync failed after records were ordered: nothing that comes after can be acknowledged.
  func fail(_ error: StorageError) {
    let failure = LogError(
      .poisoned,
      "\(error): the log takes no more records, because those not acknowledged may be lost; close it, see to the disk, and open it again",
      cause: error)
    writer.withLock { writer in
      if writer.failure == nil { writer.failure = failure }
      writer.isCommitting = false
      writer.isSealing = false
    }
    for events in groupEvents { events.notifyAll() }
    spaceEvents.notifyAll()
    committerEvents.notifyAll()
    resumeAsynchronousWaiters()
    wakeFollowers()
  }

  private func requestNextSegment(_ work: CommitWork) {
    if !acknowledgesSynced, let group = work.group,
      work.endOffset % Self.flushByteCount < group.byteCount
    {
      housekeeping.flush(
        work.segment,
        upTo: DurablePoint(
          count: group.endCount, segment: work.segment.header.firstSequence,
          offset: work.endOffset, chain: group.endChain))
    }
    guard work.endOffset > work.segment.capacity / 4 else { return }
    let number = work.segment.header.number + 1
    housekeeping.prepareSegment(
      options.capacity(ofSegment: number, atLeast: 0), number: number,
      writingZeros: writesZerosAhead)
  }

  /// Where nobody waits for syncs, this many bytes are brought to the disk at a time: about twice as many are read,
  /// and written again, by an opening after the process was killed.
  private static let flushByteCount = 8 << 20
  private static let smallGroupByteCount = 64 << 10

  /// Whether it pays to write zeros to segments ahead: it halves the cost of a sync of a small group, and doubles the
  /// bytes written, which is what large groups are bound by.
  var writesZerosAhead: Bool {
    guard acknowledgesSynced else { return false }
    return writer.withLock { writer in
      writer.writtenOffset / max(1, writer.segmentGroupCount) < Self.smallGroupByteCount
    }
  }

  func acknowledgedCount(_ writer: borrowing Writer) -> UInt64 {
    acknowledgesSynced ? writer.durableCount : writer.writtenCount
  }
}

extension LiveIndex {
  /// Adds the frames of a group that lies at `offset` of the segment's file.
  func extend(_ bytes: RawSpan, at offset: Int) {
    withContents { contents in
      var position = 0
      while position < bytes.byteCount {
        let frame = FrameOutline(bytes, at: position)
        contents.append(frame, in: bytes, at: position, fileOffset: offset + position)
        position += frame.frameByteCount
      }
    }
  }
}
