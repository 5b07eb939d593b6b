import IntaglioFormat

/// A log in memory, made of the format's pieces without the engine, so that tests can say every byte of it.
struct LogBuilder {
  struct Segment {
    var header: SegmentHeader
    /// The file, from the header to the capacity.
    var bytes: [UInt8]
    /// Behind the last frame.
    var end = SegmentHeader.byteCount
  }
  struct Placed {
    let segmentIndex: Int
    let offset: Int
    let byteCount: Int
    let chain: Digest
  }

  let logID: LogID
  let capacity: Int
  var segments: [Segment] = []
  var records: [Placed] = []
  var durableCount: UInt64?
  var bootID = [UInt8](repeating: 9, count: 16)
  var chain: Digest
  /// Of the newest slot; nil for no HEAD.
  var generation: UInt64? = 5
  var manifest: Manifest { Manifest(logID: logID, origin: "example.com/test") }

  /// A log without records.
  init(emptyWith logID: LogID, capacity: Int) {
    self.logID = logID
    self.capacity = capacity
    chain = logID.genesis
    rotate()
  }

  init(id: UInt8 = 1, capacity: Int = 64 << 10) {
    self.init(
      emptyWith: LogID(bytes: [UInt8](repeating: id, count: 16))!, capacity: capacity)
    append(manifest.encoded, kind: .manifest)
    append(LogPayload.opened(epoch: 1).encoded, kind: .opened)
    append(.streamDeclared(StreamNumber(1), name: "run-1"))
  }

  /// A log with `count` records, each of `byteCount` bytes of payload.
  init(count: Int, byteCount: Int, capacity: Int = 64 << 10) {
    self.init(capacity: capacity)
    for index in records.count..<count {
      append(Self.payload(index, byteCount: byteCount), stream: StreamNumber(1))
    }
  }

  static func payload(_ index: Int, byteCount: Int) -> [UInt8] {
    (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ index &* 31 &+ 1) }
  }

  /// Begins a new segment.
  mutating func rotate() {
    let header = SegmentHeader(
      logID: logID, number: UInt64(segments.count),
      firstSequence: SequenceNumber(UInt64(records.count)),
      capacity: capacity, nonce: 0x1234_5678_9ABC_DEF0 &+ UInt64(segments.count),
      previousChain: chain)
    segments.append(
      Segment(
        header: header,
        bytes: header.encoded + [UInt8](repeating: 0, count: capacity - SegmentHeader.byteCount)))
  }

  mutating func append(_ payload: LogPayload, unsynced: UInt32 = FrameHeader.unsyncedUnknown) {
    append(payload.encoded, kind: payload.kind, unsynced: unsynced)
  }

  mutating func append(
    _ content: [UInt8], stream: StreamNumber = .log, kind: RecordKind = .event,
    flags: FrameFlags = .commit, encoding: FrameEncoding = .raw,
    unsynced: UInt32 = FrameHeader.unsyncedUnknown
  ) {
    let stored: [UInt8] =
      switch encoding {
      case .raw: content
      case .lz4: LZ4.compress(content.rawSpan, limit: content.count - 1)!
      case .erased: []
      }
    let record = PreparedRecord(
      stream: stream, kind: kind, flags: flags, encoding: encoding, contentByteCount: content.count,
      storedByteCount: stored.count, contentDigest: SHA256.hash(content), context: logID.context)
    if segments[segments.count - 1].end + record.frameByteCount > capacity { rotate() }
    let sequence = SequenceNumber(UInt64(records.count))
    let time = Timestamp(nanoseconds: 1_700_000_000_000_000_000 + sequence.rawValue)
    chain = record.chain(after: chain, sequence: sequence, time: time)
    let index = segments.count - 1
    let offset = segments[index].end
    let place = FramePlace(
      sequence: sequence, time: time, chain: chain, unsynced: unsynced,
      nonce: segments[index].header.nonce)
    var frame = [UInt8](repeating: 0, count: record.frameByteCount)
    do {
      var span = frame.mutableSpan
      var raw = unsafe span.mutableBytes
      record.write(to: &raw, at: 0, stored: stored.rawSpan, place: place)
    }
    segments[index].bytes.replaceSubrange(offset..<offset + frame.count, with: frame)
    segments[index].end += frame.count
    records.append(
      Placed(segmentIndex: index, offset: offset, byteCount: frame.count, chain: chain))
  }

  mutating func appendFiller(byteCount: Int) {
    let index = segments.count - 1
    var start = ByteBuilder()
    start.append(UInt32(byteCount - 16))
    start.append(UInt32(255))
    start.append(UInt32(0))
    var sum = CRC32C()
    sum.update([UInt8](repeating: 0, count: byteCount - 16).rawSpan)
    sum.update(start.bytes.rawSpan)
    sum.update(segments[index].header.nonce)
    start.append(sum.value)
    let offset = segments[index].end
    segments[index].bytes.replaceSubrange(offset..<offset + 16, with: start.bytes)
    segments[index].end += byteCount
  }

  /// Flips a bit of the frame of a record.
  mutating func flip(_ record: Int, at offset: Int) {
    let place = records[record]
    segments[place.segmentIndex].bytes[place.offset + offset] ^= 1
  }

  /// The bytes of a record's frame.
  func frame(_ record: Int) -> [UInt8] {
    let place = records[record]
    return Array(
      segments[place.segmentIndex].bytes[place.offset..<place.offset + place.byteCount])
  }

  /// Replaces the frames from `record` to the end of its segment by other bytes.
  mutating func replaceFrames(from record: Int, with bytes: [UInt8]) {
    let place = records[record]
    let start = segments[place.segmentIndex].bytes.prefix(place.offset)
    let zeros = [UInt8](repeating: 0, count: max(0, capacity - place.offset - bytes.count))
    segments[place.segmentIndex].bytes = Array((start + bytes + zeros).prefix(capacity))
  }

  /// The frames of records in the segment of the first of them, in this order.
  func frames(_ records: [Int]) -> [UInt8] { records.flatMap { frame($0) } }

  var head: [UInt8] {
    var file = [UInt8](repeating: 0, count: HeadSlot.fileByteCount)
    guard let generation else { return file }
    let durable = durableCount ?? UInt64(records.count)
    for generation in [generation - 1, generation] {
      let last = durable == 0 ? nil : records[Int(durable) - 1]
      let slot = HeadSlot(
        logID: logID, isClean: false, generation: generation, epoch: 1,
        writtenCount: durable, durableCount: durable,
        durableSegment: last.map { segments[$0.segmentIndex].header.firstSequence } ?? .zero,
        durableOffset: ByteOffset(last.map { $0.offset + $0.byteCount } ?? 4096),
        durableChain: last?.chain ?? logID.genesis, bootID: bootID)
      let offset = Int(slot.fileOffset.rawValue)
      file.replaceSubrange(offset..<offset + HeadSlot.fieldsByteCount, with: slot.encoded)
    }
    return file
  }
}
