import IntaglioFormat
import Testing

@Suite struct FrameTests {
  private let id = KnownAnswers.logID

  @Test func theKnownFramesAreReadAsTheyWereMade() throws {
    let raw = try #require(frame(KnownAnswers.rawFrame))
    #expect(raw.sequence == 0 && raw.kind == .manifest && raw.stream == .log && raw.isCommit)
    #expect(raw.encoding == .raw && raw.storedByteCount == 116 && raw.frameByteCount == 248)
    #expect(raw.time.nanoseconds == 1_732_000_000_000_000_000)
    let lz4 = try #require(frame(KnownAnswers.lz4Frame))
    #expect(lz4.sequence == 1 && lz4.kind == .event && lz4.stream == StreamNumber(7))
    #expect(lz4.encoding == .lz4 && lz4.contentByteCount == 100 && !lz4.isCommit)
    #expect(lz4.flags == .salted && lz4.payloadByteCount == 84)
    #expect(lz4.unsynced == FrameHeader.unsyncedUnknown)
  }

  @Test func crcDigestAndChainOfTheKnownFramesHold() throws {
    let genesis = try #require(Digest(hex: KnownAnswers.genesis))
    var previous = genesis
    for bytes in [KnownAnswers.rawFrame, KnownAnswers.lz4Frame] {
      let header = try #require(frame(bytes))
      #expect(header.crcHolds(bytes, nonce: KnownAnswers.nonce))
      #expect(!header.crcHolds(bytes, nonce: KnownAnswers.nonce + 1))
      #expect(header.contentHolds(bytes))
      #expect(FrameHeader.chain(of: bytes, after: previous) == header.chain)
      previous = header.chain
    }
  }

  @Test func preparedRecordsAreWrittenAsTheKnownFrames() throws {
    for bytes in [KnownAnswers.rawFrame, KnownAnswers.lz4Frame] {
      let header = try #require(frame(bytes))
      let previous = header.sequence == 0 ? id.genesis : frame(KnownAnswers.rawFrame)!.chain
      let prepared = PreparedRecord(
        stream: header.stream, kind: header.kind, flags: header.flags, encoding: header.encoding,
        contentByteCount: header.contentByteCount, storedByteCount: header.storedByteCount,
        contentDigest: header.contentDigest, context: id.context)
      let chain = prepared.chain(
        after: previous, sequence: header.sequence, time: header.time)
      #expect(chain == header.chain && prepared.frameByteCount == bytes.count)
      // Rubbish in the buffer must not shine through, nor may anything beside the frame be touched.
      var output = [UInt8](repeating: 0xAA, count: bytes.count + 16)
      var span = output.mutableSpan
      var raw = span.mutableBytes
      prepared.write(
        to: &raw, at: 8,
        stored: bytes.rawSpan.extracting(header.storedRange(at: 0)),
        place: FramePlace(
          sequence: header.sequence, time: header.time, chain: chain, unsynced: header.unsynced,
          nonce: KnownAnswers.nonce))
      let edge = [UInt8](repeating: 0xAA, count: 8)
      #expect(output == edge + bytes + edge)
    }
  }

  @Test func everyFlippedBitIsNoticedByTheHeaderTheCRCTheDigestOrTheChain() throws {
    let bytes = KnownAnswers.lz4Frame
    let previous = try #require(frame(KnownAnswers.rawFrame)).chain
    for offset in bytes.indices {
      for bit in 0..<8 {
        let damaged = bytes.turning(1 << bit, at: offset)
        guard let header = frame(damaged) else { continue }
        let holds =
          header.crcHolds(damaged, nonce: KnownAnswers.nonce)
          && header.contentHolds(damaged)
          && FrameHeader.chain(of: damaged, after: previous) == header.chain
        #expect(!holds, "byte \(offset), bit \(bit)")
      }
    }
  }

  @Test func paddingThatIsNotZeroIsRefusedEvenUnderAValidCRC() throws {
    var bytes = KnownAnswers.rawFrame.turning(at: 247)
    var crc = CRC32C()
    crc.update(bytes.rawSpan.extracting(128..<248))
    crc.update(bytes.rawSpan.extracting(0..<12))
    crc.update(KnownAnswers.nonce)
    bytes = bytes.putting(crc.value, at: 12)
    let header = try #require(frame(bytes))
    #expect(header.crc == crc.value)
    #expect(!header.crcHolds(bytes, nonce: KnownAnswers.nonce))
  }

  @Test func anErasedFrameHoldsWithoutItsContent() throws {
    let bytes = [UInt8](KnownAnswers.rawFrame[..<128])
      .putting(UInt32(0), at: 0).putting(UInt8(3), at: 4)
    let header = try #require(frame(bytes))
    #expect(header.encoding == .erased && header.frameByteCount == 128)
    #expect(header.contentHolds(bytes))
    #expect(FrameHeader.chain(of: bytes, after: id.genesis) == header.chain)
  }

  @Test func unsyncedProvesWhatWasDurable() throws {
    let bytes = KnownAnswers.lz4Frame.putting(UInt64(100), at: 80)
    for (unsynced, proven) in [(0, 100), (1, 99), (100, 0), (101, 0), (UInt32.max, 0)] {
      let header = try #require(frame(bytes.putting(unsynced, at: 8)))
      #expect(header.provenDurableCount == UInt64(proven))
    }
  }

  private func frame(_ bytes: [UInt8]) -> FrameHeader? {
    let parsed = FrameHeader.parse(
      bytes.rawSpan, at: 0, available: bytes.count, context: id.context)
    if case .frame(let header) = parsed { return header }
    return nil
  }
}
