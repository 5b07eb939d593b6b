import IntaglioFormat
import IntaglioTestSupport
import Testing

@Suite struct SegmentHeaderTests {
  private let header = SegmentHeader(
    logID: KnownAnswers.logID, number: 3, firstSequence: 1000, capacity: 1 << 20,
    nonce: KnownAnswers.nonce, previousChain: KnownAnswers.logID.genesis)

  @Test func whatIsEncodedIsDecoded() throws {
    var header = header
    header.revision = 77
    #expect(header.encoded.count == SegmentHeader.byteCount)
    #expect(try SegmentHeader(decoding: header.encoded) == header)
  }

  @Test func theBytesAreThoseOfTheFormat() {
    let bytes = header.encoded
    #expect([UInt8](bytes[..<8]) == Array("INTAGLIO".utf8))
    #expect([UInt8](bytes[32..<48]).hex == "0300000000000000e803000000000000")
    #expect([UInt8](bytes[4064...]).hex == KnownAnswers.segmentHeaderDigest)
  }

  @Test func everyFlippedByteIsRefused() {
    let bytes = header.encoded
    for offset in 0..<SegmentHeader.byteCount {
      let error = #expect(throws: FormatError.self) {
        try SegmentHeader(decoding: bytes.turning(0x80, at: offset))
      }
      // A version that became large is newer, whatever else the bytes are.
      #expect(isInvalid(error) == !(8..<12).contains(offset), "byte \(offset)")
    }
  }

  @Test(arguments: [104, 105, 2000, 4063])
  func aReservedByteIsRefusedEvenUnderAValidDigest(offset: Int) {
    expectInvalid(header.encoded.turning(at: offset))
  }

  @Test(arguments: [0, 4095, 4097, 8192] as [UInt32])
  func anotherHeaderByteCountIsRefused(count: UInt32) {
    expectInvalid(header.encoded.putting(count, at: 12))
  }

  @Test(arguments: [0, 4095, 4097, 1 << 34 + 4096, 1 << 63, .max] as [UInt64])
  func aCapacityOutsideTheLimitsIsRefused(capacity: UInt64) {
    expectInvalid(header.encoded.putting(capacity, at: 48))
  }

  @Test(arguments: [4096, 1 << 34] as [UInt64])
  func aCapacityAtTheLimitsIsRead(capacity: UInt64) throws {
    let bytes = header.encoded.putting(capacity, at: 48).sealing(0..<4064, at: 4064)
    #expect(try SegmentHeader(decoding: bytes).capacity == Int(capacity))
  }

  @Test func aNewerVersionIsUnsupportedWhateverElseIsThere() {
    var bytes = [UInt8](repeating: 0xEE, count: SegmentHeader.byteCount)
    bytes.replaceSubrange(0..<12, with: header.encoded.putting(UInt32(2), at: 8)[..<12])
    #expect(throws: FormatError.unsupportedVersion(2)) {
      try SegmentHeader(decoding: bytes)
    }
  }

  @Test func versionZeroIsInvalid() { expectInvalid(header.encoded.putting(UInt32(0), at: 8)) }

  @Test(arguments: [0, 8, 4095]) func aShortHeaderIsInvalid(count: Int) {
    let error = #expect(throws: FormatError.self) {
      try SegmentHeader(decoding: [UInt8](header.encoded[..<count]))
    }
    #expect(isInvalid(error))
  }

  private func expectInvalid(_ bytes: [UInt8]) {
    let sealed = bytes.sealing(0..<4064, at: 4064)
    let error = #expect(throws: FormatError.self) { try SegmentHeader(decoding: sealed) }
    #expect(isInvalid(error))
  }
}
