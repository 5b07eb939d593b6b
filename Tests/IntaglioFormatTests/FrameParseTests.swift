import IntaglioFormat
import Testing

/// What stands at a position of a segment, above all where its lengths lie.
@Suite struct FrameParseTests {
  private let raw = KnownAnswers.rawFrame
  private let lz4 = KnownAnswers.lz4Frame

  @Test func sixteenZerosOrNoRoomIsTheEnd() {
    #expect(isEnd(parse([UInt8](repeating: 0, count: 128), available: 1 << 20)))
    #expect(isEnd(parse([UInt8](repeating: 0, count: 16))))
    for available in 0..<16 {
      #expect(isEnd(parse([UInt8](repeating: 0xFF, count: available))))
    }
    // One bit makes it something else.
    for offset in 0..<16 {
      #expect(!isEnd(parse([UInt8](repeating: 0, count: 128).turning(at: offset))))
    }
  }

  @Test func aFrameMayEndWithTheFileAndNotBeyondIt() {
    #expect(isFrame(parse(raw, available: raw.count)))
    for available in 16..<raw.count {
      expectInvalid([UInt8](raw[..<available]), plausible: false)
    }
  }

  @Test func aFrameIsReadAtAnyPosition() {
    let bytes = [UInt8](repeating: 0x55, count: 40) + raw
    let parsed = FrameHeader.parse(
      bytes.rawSpan, at: 40, available: raw.count, context: KnownAnswers.logID.context)
    #expect(isFrame(parsed))
  }

  @Test(arguments: [32 << 20 + 17, 1 << 31, .max] as [UInt32])
  func moreStoredBytesThanTheLimitAreRefusedWhateverTheFileHas(count: UInt32) {
    expectInvalid(raw.putting(count, at: 0), available: 1 << 40, plausible: false)
  }

  @Test func contentAtTheLimitIsReadAndOneByteMoreIsNot() {
    let limit = UInt32(Limits.payloadByteCount)
    let atLimit = raw.putting(limit, at: 0).putting(limit, at: 24)
    #expect(isFrame(parse(atLimit, available: 1 << 30)))
    let over = raw.putting(limit + 1, at: 0).putting(limit + 1, at: 24)
    expectInvalid(over, available: 1 << 30, plausible: true)
    // The salt does not count as payload.
    let salted = raw.putting(UInt8(3), at: 34)
    let saltedAtLimit = salted.putting(limit + 16, at: 0).putting(limit + 16, at: 24)
    #expect(isFrame(parse(saltedAtLimit, available: 1 << 30)))
    expectInvalid(
      salted.putting(limit + 17, at: 0).putting(limit + 17, at: 24), available: 1 << 30,
      plausible: false)
    expectInvalid(lz4.putting(UInt32.max, at: 24), plausible: true)
  }

  @Test func storedAndContentByteCountsHaveToAgreeWithTheEncoding() {
    expectInvalid(raw.putting(UInt32(115), at: 24), plausible: true)
    expectInvalid(raw.putting(UInt32(117), at: 24), plausible: true)
    expectInvalid(lz4.putting(UInt32(11), at: 24), plausible: true)
    expectInvalid(lz4.putting(UInt32(0), at: 0), plausible: true)
    expectInvalid(lz4.putting(UInt8(3), at: 4), plausible: true)
    // A salted content has at least its salt.
    expectInvalid(lz4.putting(UInt32(15), at: 24), plausible: true)
  }

  @Test(arguments: [5, 6, 7]) func reservedBytesOfTheLengthsAreZero(offset: Int) {
    expectInvalid(raw.turning(at: offset), plausible: false)
  }

  @Test func reservedBytesFlagsAlgorithmAndKindAreChecked() {
    for offset in 36..<48 { expectInvalid(raw.turning(at: offset), plausible: true) }
    for flags in UInt8(4)...255 { expectInvalid(raw.putting(flags, at: 34), plausible: true) }
    for algorithm in UInt8.min ... .max where algorithm != 1 {
      expectInvalid(raw.putting(algorithm, at: 35), plausible: true)
    }
    expectInvalid(raw.putting(UInt16(0), at: 32), plausible: true)
  }

  @Test func unknownEncodingsAreRefused() {
    for encoding in UInt8.min ... .max where ![1, 2, 3, 255].contains(encoding) {
      expectInvalid(raw.putting(encoding, at: 4), plausible: false)
    }
  }

  @Test func aFrameOfAnotherLogIsRefused() {
    for offset in 16..<24 { expectInvalid(raw.turning(at: offset), plausible: true) }
  }

  @Test func aFillerSaysHowLongItIs() {
    #expect(fillerByteCount(filler(0), available: 16) == 16)
    #expect(fillerByteCount(filler(24), available: 40) == 40)
    #expect(fillerByteCount(filler(24), available: 1 << 20) == 40)
  }

  @Test func aFillerWithLengthsThatLieIsRefused() {
    expectInvalid(filler(24), available: 39, plausible: false)
    expectInvalid(filler(23), available: 1 << 20, plausible: false)
    expectInvalid(filler(.max - 7), available: 1 << 30, plausible: false)
    expectInvalid(filler(24).turning(at: 8), available: 1 << 20, plausible: false)
    expectInvalid(filler(24).turning(at: 7), available: 1 << 20, plausible: false)
  }

  @Test func theShortWayFindsWhatTheLongOneFinds() {
    let salted = raw.putting(UInt8(3), at: 34)
    let limit = UInt32(Limits.payloadByteCount)
    func sized(_ bytes: [UInt8], _ count: UInt32) -> [UInt8] {
      bytes.putting(count, at: 0).putting(count, at: 24)
    }
    #expect(isFoundTheShortWay(raw) && isFoundTheShortWay(salted))
    #expect(isFoundTheShortWay(sized(raw, limit)) && !isFoundTheShortWay(lz4))
    for count in [0, 1, 15, 16, 17, limit, limit + 1, limit + 16, limit + 17, 1 << 31, .max] {
      compare(sized(raw, count))
      compare(sized(salted, count))
    }
    for frame in [raw, lz4, salted, filler(24), [UInt8](repeating: 0, count: 128)] {
      for offset in 0..<48 {
        for bit in 0..<8 { compare(frame.putting(frame[offset] ^ 1 << bit, at: offset)) }
        compare(frame.putting(UInt8(0), at: offset))
        compare(frame.putting(UInt8(255), at: offset))
      }
    }
  }

  private func isFoundTheShortWay(_ frame: [UInt8]) -> Bool {
    FrameOutline(
      raw: HeaderBytes(frame.rawSpan, at: 0), available: 1 << 40,
      context: KnownAnswers.logID.context) != nil
  }

  private func compare(_ frame: [UInt8], at location: SourceLocation = #_sourceLocation) {
    let context = KnownAnswers.logID.context
    let whole =
      FrameHeader.byteCount + rounded(Int(frame.rawSpan.integer(at: 0, as: UInt32.self)), upTo: 8)
    for available in [128, 248, whole - 1, whole, 1 << 40] where available >= 128 {
      let short = frame.rawSpan.parseFrame(at: 0, available: available, context: context)
      let long = frame.rawSpan.parseAnyFrame(at: 0, available: available, context: context)
      #expect("\(short)" == "\(long)", sourceLocation: location)
    }
  }

  private func filler(_ count: UInt32) -> [UInt8] {
    [UInt8](repeating: 0, count: 128).putting(count, at: 0).putting(UInt8(255), at: 4)
      .putting(UInt32(0x1234_5678), at: 12)
  }

  private func parse(_ bytes: [UInt8], available: Int? = nil) -> FrameParse {
    FrameHeader.parse(
      bytes.rawSpan, at: 0, available: available ?? bytes.count,
      context: KnownAnswers.logID.context)
  }

  private func expectInvalid(
    _ bytes: [UInt8], available: Int? = nil, plausible: Bool,
    at location: SourceLocation = #_sourceLocation
  ) {
    guard case .invalid(let what, let byteCount) = parse(bytes, available: available) else {
      Issue.record("was accepted", sourceLocation: location)
      return
    }
    #expect((byteCount != nil) == plausible, "\(what)", sourceLocation: location)
  }

  private func fillerByteCount(_ bytes: [UInt8], available: Int) -> Int? {
    if case .filler(let count) = parse(bytes, available: available) { count } else { nil }
  }

  private func isEnd(_ parsed: FrameParse) -> Bool {
    if case .end = parsed { true } else { false }
  }

  private func isFrame(_ parsed: FrameParse) -> Bool {
    if case .frame = parsed { true } else { false }
  }
}
