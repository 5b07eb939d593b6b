import IntaglioFormat
import Testing

@Suite struct HeadSlotTests {
  private let slot = HeadSlot(
    logID: KnownAnswers.logID, isClean: true, generation: 5, epoch: 2, writtenCount: 12,
    durableCount: 10, durableSegment: 8, durableOffset: ByteOffset(5000),
    durableChain: KnownAnswers.logID.genesis, bootID: [UInt8](16..<32))

  private var bytes: [UInt8] { wholeSlot(slot.encoded) }

  @Test func whatIsEncodedIsDecoded() throws {
    #expect(try HeadSlot(decoding: bytes) == slot)
    var unclean = slot
    unclean.isClean = false
    #expect(try HeadSlot(decoding: wholeSlot(unclean.encoded)) == unclean)
  }

  @Test func theBytesAreThoseOfTheFormat() { #expect(slot.encoded == KnownAnswers.headSlot) }

  @Test func aSlotLiesWhereItsGenerationSays() {
    var slot = slot
    #expect(slot.fileOffset == ByteOffset(4096))
    slot.generation = 6
    #expect(slot.fileOffset == ByteOffset(0))
  }

  @Test func everyFlippedByteIsRefused() {
    for offset in 0..<HeadSlot.byteCount {
      let error = #expect(throws: FormatError.self) {
        try HeadSlot(decoding: bytes.turning(0x80, at: offset))
      }
      #expect(isInvalid(error) == !(8..<12).contains(offset), "byte \(offset)")
    }
  }

  @Test(arguments: [2, 3, 0x8000_0000] as [UInt32])
  func anUnknownFlagIsRefusedEvenUnderAValidDigest(flags: UInt32) {
    expectInvalid(bytes.putting(flags, at: 12))
  }

  @Test func countsThatContradictEachOtherAreRefused() {
    expectInvalid(bytes.putting(UInt64(9), at: 48))
    expectInvalid(bytes.putting(UInt64(11), at: 64))
    expectInvalid(bytes.putting(UInt64(4095), at: 72))
  }

  @Test func aNewerVersionIsUnsupportedWhateverElseIsThere() {
    var bytes = [UInt8](repeating: 0xEE, count: HeadSlot.byteCount)
    bytes.replaceSubrange(0..<12, with: self.bytes.putting(UInt32(7), at: 8)[..<12])
    #expect(throws: FormatError.unsupportedVersion(7)) { try HeadSlot(decoding: bytes) }
  }

  @Test func versionZeroIsInvalid() { expectInvalid(bytes.putting(UInt32(0), at: 8)) }

  private func expectInvalid(_ bytes: [UInt8]) {
    let sealed = bytes.sealing(0..<128, at: 128)
    let error = #expect(throws: FormatError.self) { try HeadSlot(decoding: sealed) }
    #expect(isInvalid(error))
  }
}

@Suite struct HeadTests {
  @Test func ofTwoValidSlotsTheHigherGenerationCounts() {
    #expect(Head(decoding: file(4, 5)).newest?.generation == 5)
    #expect(Head(decoding: file(6, 5)).newest?.generation == 6)
    #expect(Head(decoding: file(0, 1)).defects == [nil, nil])
  }

  @Test func aDamagedSlotLeavesTheOtherAndIsNamed() {
    let head = Head(decoding: file(6, 5).turning(at: 60))
    #expect(head.newest?.generation == 5)
    #expect(isInvalid(head.defects[0]) && head.defects[1] == nil)
  }

  @Test func aSlotInThePlaceOfTheOtherIsInvalid() {
    let head = Head(decoding: file(5, 7))
    #expect(head.newest?.generation == 7)
    #expect(isInvalid(head.defects[0]) && head.defects[1] == nil)
  }

  @Test(arguments: [0, 1, 160, 4096, 8191]) func aShortFileIsInvalidWhereItEnds(count: Int) {
    let head = Head(decoding: [UInt8](file(4, 5)[..<count]))
    #expect(head.newest?.generation == (count >= 4096 ? 4 : nil))
    #expect(isInvalid(head.defects[1]))
  }

  @Test func aNewerVersionInEitherSlotIsReported() {
    for offset in [0, 4096] {
      let head = Head(decoding: file(4, 5).putting(UInt32(9), at: offset + 8))
      #expect(head.unsupportedVersion == 9)
      #expect(head.newest != nil)
    }
    #expect(Head(decoding: file(4, 5)).unsupportedVersion == nil)
  }

  private func file(_ first: UInt64, _ second: UInt64) -> [UInt8] {
    [first, second].flatMap { generation in
      wholeSlot(
        HeadSlot(
          logID: KnownAnswers.logID, isClean: false, generation: generation, epoch: 1,
          writtenCount: 0, durableCount: 0, durableSegment: 0, durableOffset: ByteOffset(4096),
          durableChain: KnownAnswers.logID.genesis, bootID: [UInt8](repeating: 0, count: 16)
        ).encoded)
    }
  }
}

private func wholeSlot(_ fields: [UInt8]) -> [UInt8] {
  fields + [UInt8](repeating: 0, count: HeadSlot.byteCount - fields.count)
}
