internal import IntaglioFormat
internal import IntaglioStorage

/// What a process that ended without closing the log had acknowledged in `staging` and not yet written to a segment: the
/// records there that continue the log, up to the end of a batch.
///
/// FileFormat, "Staging". It is no evidence and changes no verdict: what does not hold, or does not continue the chain, is left.
struct StagedRecords {
  /// The frames, each one held against its CRC, digest and chain.
  private(set) var frames: [Frame] = []
  private var count: UInt64
  private var chain: Digest
  private var slots: [Slot] = []

  struct Frame {
    let header: FrameHeader
    /// The bytes of its slot, and where in them the stored bytes lie.
    fileprivate let bytes: [UInt8]
    fileprivate let storedRange: Range<Int>

    var stored: RawSpan {
      @_lifetime(borrow self)
      get { bytes.rawSpan.extracting(storedRange) }
    }
  }

  private struct Slot {
    let nonce: UInt64
    let bytes: [UInt8]
    /// Where the next frame to look at begins.
    var position = 0
  }

  /// Reads `staging` for the records after the first `count`, the last of which has the chain value `chain`.
  ///
  /// - Throws: where the file is there and cannot be read: what it holds may have been acknowledged.
  init(
    _ directory: LogDirectory, _ manifest: Manifest, after count: UInt64, chain: Digest
  ) throws(LogError) {
    self.count = count
    self.chain = chain
    // Record 0 is none that anybody waited for: an interrupted creation is repeated.
    guard count > 0 else { return }
    do throws(StorageError) { slots = try Self.read(directory.root, manifest.logID) } catch {
      throw LogError(error)
    }
    var index = 0
    while index < slots.count {
      // A slot that was passed may go on where this one ends.
      index = continues(in: index, manifest.logID.context) ? 0 : index + 1
    }
    slots = []
  }

  private static func read(
    _ directory: Directory, _ logID: LogID
  ) throws(StorageError) -> [Slot] {
    guard let status = try directory.status(of: FileName.staging), status.isRegularFile else {
      return []
    }
    let file = try directory.open(FileName.staging, .readOnly)
    var slots: [Slot] = []
    for index in 0..<StagingSlot.limit {
      let offset = index * StagingSlot.byteCount
      guard offset < status.byteCount else { break }
      let header = try file.read(byteCount: StagingSlot.headerByteCount, at: offset)
      guard let slot = StagingSlot(decoding: header.rawSpan), slot.logID == logID else { continue }
      let bytes = try file.read(
        byteCount: StagingSlot.frameByteCount, at: offset + StagingSlot.headerByteCount)
      slots.append(Slot(nonce: slot.nonce, bytes: bytes))
    }
    return slots
  }

  /// Takes the records of a slot that come next; false if it has none.
  private mutating func continues(in index: Int, _ context: UInt64) -> Bool {
    let before = (count, chain, frames.count)
    var committed = before
    while let (header, offset) = next(in: index, context) {
      count += 1
      chain = header.chain
      frames.append(
        Frame(
          header: header, bytes: slots[index].bytes, storedRange: header.storedRange(at: offset)))
      if header.isCommit { committed = (count, chain, frames.count) }
    }
    (count, chain) = (committed.0, committed.1)
    frames.removeLast(frames.count - committed.2)
    return committed.0 > before.0
  }

  /// The next record, if it is the next one of the slot; those that the log has already are passed over.
  private mutating func next(in index: Int, _ context: UInt64) -> (FrameHeader, offset: Int)? {
    let bytes = slots[index].bytes
    let nonce = slots[index].nonce
    var offset = slots[index].position
    while offset + FrameHeader.byteCount <= bytes.count {
      guard
        case .frame(let header) = FrameHeader.parse(
          bytes.rawSpan, at: offset, available: bytes.count - offset, context: context),
        header.sequence.rawValue <= count, header.encoding != .erased,
        header.crcHolds(bytes.rawSpan, at: offset, nonce: nonce)
      else { return nil }
      let end = offset + header.frameByteCount
      if header.sequence.rawValue == count {
        guard header.contentHolds(bytes.rawSpan, at: offset),
          FrameHeader.chain(of: bytes.rawSpan, at: offset, after: chain) == header.chain
        else { return nil }
        slots[index].position = end
        return (header, offset)
      }
      offset = end
      slots[index].position = end
    }
    return nil
  }
}

extension Engine {
  /// Appends what an earlier process had acknowledged and not written, in the batches and with the times that it had, so that
  /// every chain value comes out as it was.
  ///
  /// Before the threads of the log are started, so this thread commits.
  func append(_ staged: StagedRecords) throws(LogError) {
    var start = 0
    for end in staged.frames.indices where staged.frames[end].header.isCommit {
      try append(staged.frames[start...end])
      start = end + 1
      let isHalfFull = writer.withLock { $0.group.byteCount > Self.stagingByteCount / 2 }
      if isHalfFull { while commit(synchronizing: false) {} }
    }
  }

  private func append(_ frames: ArraySlice<StagedRecords.Frame>) throws(LogError) {
    let records = frames.map { frame in
      let header = frame.header
      return PreparedRecord(
        stream: header.stream, kind: header.kind, flags: header.flags, encoding: header.encoding,
        contentByteCount: header.contentByteCount, storedByteCount: header.storedByteCount,
        contentDigest: header.contentDigest, context: manifest.logID.context)
    }
    var places: [FramePlace] = []
    let reservation = try reserve(byteCount: records.reduce(0) { $0 + $1.frameByteCount }) {
      for (record, frame) in zip(records, frames) {
        places.append($0.order(record, at: frame.header.time.nanoseconds))
      }
    }
    reservation.buffer.fill(reservation.range) { output in
      var offset = 0
      for (index, frame) in frames.enumerated() {
        records[index].write(to: &output, at: offset, stored: frame.stored, place: places[index])
        offset += records[index].frameByteCount
      }
    }
    precondition(
      places.last?.chain == frames.last?.header.chain,
      "staged records were held against the chain that they continue")
  }
}
