import IntaglioFormat
import IntaglioTestSupport
import Testing

@Suite struct PreparedFramesTests {
  private let id = KnownAnswers.logID

  @Test func aBatchIsWrittenAsItsRecordsOneByOne() throws {
    var generator = SeededGenerator()
    for round in 0..<200 {
      let count = round < 60 ? round + 1 : Int.random(in: 1...150, using: &generator)
      var frames = UnplacedFrames()
      var records: [(payload: [UInt8], stream: StreamNumber, kind: RecordKind, salted: Bool)] = []
      for _ in 0..<count {
        let isText = Bool.random(using: &generator)
        let byteCount = Int.random(in: 0...400, using: &generator)
        let payload =
          isText ? [UInt8](repeating: 7, count: byteCount) : generator.bytes(count: byteCount)
        let stream = StreamNumber(UInt32.random(in: 0...9, using: &generator))
        let kind = RecordKind(UInt16.random(in: 256...300, using: &generator))
        let salted = Int.random(in: 0..<4, using: &generator) == 0
        frames.append(
          payload.rawSpan, stream: stream, kind: kind,
          salt: salted ? [generator.next(), generator.next()] : nil)
        if isText { frames.compressLast() }
        records.append((payload, stream, kind, salted))
      }
      let first = SequenceNumber(UInt64.random(in: 0...1 << 40, using: &generator))
      let time = Timestamp(nanoseconds: generator.next())
      let durable =
        first.rawValue - min(first.rawValue, UInt64.random(in: 0...9, using: &generator))
      let nonce: UInt64 = generator.next()
      let previous = Digest(generator.bytes(count: 32).rawSpan)
      var prepared = PreparedFrames(frames, context: id.context)
      let last = prepared.order(after: previous, first: first, time: time)
      // Rubbish in the buffer must not shine through, nor may anything beside the frames be touched.
      var output = [UInt8](repeating: 0xAA, count: prepared.byteCount + 16)
      write(prepared, to: &output, durableCount: durable, nonce: nonce)
      #expect(output.suffix(16).allSatisfy { $0 == 0xAA })

      var chain = previous
      var offset = 0
      for (index, record) in records.enumerated() {
        guard
          case .frame(let header) = FrameHeader.parse(
            output.rawSpan, at: offset, available: output.count - offset, context: id.context)
        else {
          Issue.record("round \(round): no frame at \(offset)")
          return
        }
        let frame = Array(output[offset..<offset + header.frameByteCount])
        #expect(header.crcHolds(frame, nonce: nonce))
        #expect(header.contentHolds(frame))
        chain = FrameHeader.chain(of: frame, after: chain)
        #expect(header.chain == chain)
        #expect(header.isCommit == (index == count - 1))
        #expect(header.flags.contains(.salted) == record.salted)
        #expect(header.stream == record.stream && header.kind == record.kind)
        #expect(header.sequence == first.advanced(by: UInt64(index)) && header.time == time)
        #expect(UInt64(header.unsynced) == header.sequence.rawValue - durable)
        #expect(header.payloadByteCount == record.payload.count)
        let stored = Array(frame[header.storedRange(at: 0)])
        let content =
          header.encoding == .raw
          ? stored : LZ4.decompress(stored.rawSpan, byteCount: header.contentByteCount) ?? []
        #expect(content.suffix(record.payload.count) == record.payload[...])
        #expect(writtenAlone(header, stored, after: chain, nonce: nonce) == frame)
        offset += header.frameByteCount
      }
      #expect(offset == prepared.byteCount && chain == last)
    }
  }

  @Test func aBatchCanBeEmptiedAndFilledAgain() {
    var generator = SeededGenerator()
    var frames = UnplacedFrames()
    for round in 0..<20 {
      let payloads = (0..<[10, 3, 1, 40][round % 4]).map { _ in
        generator.bytes(count: Int.random(in: 0...700, using: &generator))
      }
      for payload in payloads {
        frames.append(payload.rawSpan, stream: StreamNumber(1), kind: .event)
      }
      #expect(digests(of: frames) == payloads.map { SHA256.hash($0) })
      frames.removeAll()
      #expect(frames.isEmpty && frames.bytes.isEmpty)
    }
  }

  @Test func aCopyOfAPreparedBatchIsOrderedByItself() {
    var frames = UnplacedFrames()
    frames.append([4].rawSpan, stream: StreamNumber(1), kind: .event)
    var once = PreparedFrames(frames, context: id.context)
    var again = once
    let first = once.order(
      after: id.genesis, first: .zero, time: Timestamp(nanoseconds: 1))
    let second = again.order(
      after: first, first: SequenceNumber(1), time: Timestamp(nanoseconds: 2))
    #expect(first != second && once.count == 1 && once.byteCount == 136)
  }

  @Test func aCopyOfABatchIsFilledByItself() throws {
    var generator = SeededGenerator()
    func add(_ count: Int, to frames: inout UnplacedFrames, _ payloads: inout [[UInt8]]) {
      for _ in 0..<count {
        let payload = generator.bytes(count: Int.random(in: 0...400, using: &generator))
        frames.append(payload.rawSpan, stream: StreamNumber(1), kind: .event)
        payloads.append(payload)
      }
    }
    for _ in 0..<50 {
      var frames = UnplacedFrames()
      var payloads: [[UInt8]] = []
      add(Int.random(in: 1...20, using: &generator), to: &frames, &payloads)
      var (otherFrames, otherPayloads) = (frames, payloads)
      add(5, to: &frames, &payloads)
      add(5, to: &otherFrames, &otherPayloads)
      #expect(digests(of: frames) == payloads.map { SHA256.hash($0) })
      #expect(digests(of: otherFrames) == otherPayloads.map { SHA256.hash($0) })
    }
  }

  /// The content digests that `frames` are written with.
  private func digests(of frames: UnplacedFrames) -> [Digest] {
    var prepared = PreparedFrames(frames, context: id.context)
    _ = prepared.order(after: id.genesis, first: .zero, time: Timestamp(nanoseconds: 1))
    var output = [UInt8](repeating: 0, count: prepared.byteCount)
    write(prepared, to: &output, durableCount: 0, nonce: 1)
    var digests: [Digest] = []
    var offset = 0
    while case .frame(let header) = FrameHeader.parse(
      output.rawSpan, at: offset, available: output.count - offset, context: id.context)
    {
      let frame = Array(output[offset..<offset + header.frameByteCount])
      #expect(header.crcHolds(frame, nonce: 1))
      digests.append(header.contentDigest)
      offset += header.frameByteCount
      if offset == output.count { break }
    }
    return digests
  }

  /// The same record, written alone.
  private func writtenAlone(
    _ header: FrameHeader, _ stored: [UInt8], after chain: Digest, nonce: UInt64
  ) -> [UInt8] {
    let record = PreparedRecord(
      stream: header.stream, kind: header.kind, flags: header.flags, encoding: header.encoding,
      contentByteCount: header.contentByteCount, storedByteCount: header.storedByteCount,
      contentDigest: header.contentDigest, context: id.context)
    var frame = [UInt8](repeating: 0x55, count: header.frameByteCount)
    var span = frame.mutableSpan
    var raw = span.mutableBytes
    record.write(
      to: &raw, at: 0, stored: stored.rawSpan,
      place: FramePlace(
        sequence: header.sequence, time: header.time, chain: chain, unsynced: header.unsynced,
        nonce: nonce))
    return frame
  }

  private func write(
    _ frames: PreparedFrames, to output: inout [UInt8], durableCount: UInt64, nonce: UInt64
  ) {
    var span = output.mutableSpan
    var raw = span.mutableBytes
    frames.write(to: &raw, durableCount: durableCount, nonce: nonce)
  }
}
