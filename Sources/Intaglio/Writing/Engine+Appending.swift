internal import IntaglioFormat
internal import IntaglioStorage
internal import Synchronization

extension Engine {
  /// Appends one record that is stored as it is: no copy but the one into the staging buffer, no allocation.
  func append(
    _ payload: RawSpan, to stream: StreamNumber, kind: RecordKind
  ) throws(LogError) -> Receipt {
    try checkFork()
    let record = PreparedRecord(
      stream: stream, kind: kind, flags: .commit, encoding: .raw,
      contentByteCount: payload.byteCount, storedByteCount: payload.byteCount,
      contentDigest: SHA256.hash(payload), context: manifest.logID.context)
    var place: FramePlace?
    let reservation = try reserve(byteCount: record.frameByteCount) { writer in
      place = writer.order(record, at: tick(&writer))
    }
    guard let place else { preconditionFailure("what is reserved is ordered") }
    reservation.buffer.fill(reservation.range) { output in
      record.write(to: &output, at: 0, stored: payload, place: place)
    }
    if reservation.wakesCommitter { committerEvents.notifyAll() }
    return Receipt(
      sequences: place.sequence..<place.sequence.advanced(), chain: place.chain, engine: self)
  }

  /// A batch whose payloads are compressed as the options say.
  var emptyBatch: Batch { Batch(compression: options.compression) }

  func append(_ batch: Batch) throws(LogError) -> Receipt {
    try checkFork()
    guard !batch.isEmpty else {
      throw LogError(.invalid, "the batch is empty: append at least one record")
    }
    guard batch.byteCount <= Limits.batchByteCount else {
      throw LogError(
        .tooLarge,
        "a batch of \(batch.byteCount) bytes is over the limit of \(Limits.batchByteCount): divide it"
      )
    }
    var records = PreparedFrames(batch.frames, context: manifest.logID.context)
    var place: BatchPlace?
    let reservation = try reserve(byteCount: records.byteCount) { writer in
      place = writer.order(&records, at: tick(&writer))
    }
    guard let place else { preconditionFailure("what is reserved is ordered") }
    reservation.buffer.fill(reservation.range) { output in
      records.write(to: &output, durableCount: place.durableCount, nonce: place.nonce)
    }
    if reservation.wakesCommitter { committerEvents.notifyAll() }
    return Receipt(sequences: place.sequences, chain: place.chain, engine: self)
  }

  /// Appends a record of the log's own.
  func append(_ payload: LogPayload) throws(LogError) -> Receipt {
    try append(payload.encoded.rawSpan, to: .log, kind: payload.kind)
  }

  private func tick(_ writer: inout Writer) -> UInt64 {
    writer.lastTime = clock.wall()
    return writer.lastTime
  }

  /// Orders a batch of `byteCount` bytes by `order` where it fits, making room as long as it does not.
  func reserve(
    byteCount: Int, _ order: (inout Writer) -> Void
  ) throws(LogError) -> Writer.Reservation {
    while true {
      var reservation: Writer.Reservation?
      var ticket: UInt64 = 0
      let room = writer.withLock { writer -> Writer.Room in
        var room = writer.makeRoom(byteCount)
        if room == .segmentFull { room = changeSegment(&writer, byteCount) }
        if room == .ready {
          order(&writer)
          reservation = writer.reserve(byteCount)
        } else {
          // Read under the lock: whoever makes room does so under it, and notifies after that.
          ticket = spaceEvents.ticket
        }
        return room
      }
      if let reservation { return reservation }
      try waitForRoom(byteCount, room, ticket)
    }
  }

  private func waitForRoom(
    _ byteCount: Int, _ room: Writer.Room, _ ticket: UInt64
  ) throws(LogError) {
    switch room {
    case .ready, .segmentFull: return
    case .refused: throw writer.withLock { $0.failure } ?? closedError
    case .rotate: try rotate(minimumFrameByteCount: byteCount)
    case .wakeCommitter:
      committerEvents.notifyAll()
      waitForSpace(ticket)
    case .wait: waitForSpace(ticket)
    }
  }

  private func waitForSpace(_ ticket: UInt64) {
    // Whoever has to wait for a buffer could use one more.
    if stagingGrows.load(ordering: .relaxed) { housekeeping.makeStagingSlot() }
    spaceEvents.wait(after: ticket)
  }

  /// Finds room in the next segment: at once if its file is prepared, and the committer gives it its name when it comes to
  /// the first group in it; otherwise this thread has to make it.
  private func changeSegment(_ writer: inout Writer, _ byteCount: Int) -> Writer.Room {
    guard writer.group.plan === writer.segment.plan else { return .wait }
    let number = writer.segment.header.number + 1
    let capacity = options.capacity(ofSegment: number, atLeast: 0)
    let canPlan =
      SegmentHeader.byteCount + byteCount <= capacity && byteCount <= Self.stagingByteCount
      && writer.hasFreeBuffer
    if canPlan, housekeeping.takeSegment(capacity: capacity, number: number),
      let buffer = writer.takeFreeBuffer()
    {
      let header = SegmentHeader(
        logID: manifest.logID, number: number, firstSequence: SequenceNumber(writer.nextSequence),
        capacity: capacity, nonce: .random(in: .min ... .max), previousChain: writer.chain)
      writer.order(into: SegmentPlan(header), nextBuffer: buffer)
      return writer.makeRoom(byteCount)
    }
    guard !writer.isCommitting else { return .wait }
    writer.isCommitting = true
    writer.isSealing = true
    return .rotate
  }

  var closedError: LogError {
    LogError(.closed, "\(directory.path) was closed: open the log again to append")
  }
}

extension Writer {
  enum Room: Sendable {
    case ready
    /// The log has failed or was closed.
    case refused
    /// The other buffer has to be committed first.
    case wait
    /// As `wait`, and nobody commits yet.
    case wakeCommitter
    /// The records do not fit into the segment any more.
    case segmentFull
    /// This thread makes the next segment.
    case rotate
  }

  /// Sees to it that the open group has `byteCount` bytes of room in buffer and segment, as far as that needs no system call.
  mutating func makeRoom(_ byteCount: Int) -> Room {
    if failure != nil || isClosed { return .refused }
    if isSealing { return .wait }
    guard endOffset + byteCount <= group.plan.header.capacity else { return .segmentFull }
    if group.byteCount + byteCount <= group.buffer.byteCount { return .ready }
    // The group is full: the next one goes into another buffer, if one is free.
    guard let free = takeFreeBuffer() else { return isCommitting ? .wait : .wakeCommitter }
    if byteCount <= free.byteCount {
      closedGroups.append(closeGroup(nextBuffer: free))
      wantsCommitter = true
      return .ready
    }
    // Larger than a buffer: a group of its own, in a buffer of its own.
    if group.byteCount > 0 {
      closedGroups.append(closeGroup(nextBuffer: free))
      wantsCommitter = true
    } else {
      freeBuffers.append(free)
    }
    freeBuffers.append(group.buffer)
    group.buffer = takeLargeBuffer(byteCount)
    return .ready
  }
}
