import IntaglioFormat
import Testing

@Suite struct StagingSlotTests {
  private let slot = StagingSlot(logID: KnownAnswers.logID, nonce: 0x0102_0304_0506_0708)

  @Test func theFieldsLieWhereTheSpecificationSays() {
    let bytes = slot.encoded
    #expect(bytes.count == 48 && StagingSlot.byteCount == 1_052_672)
    #expect(bytes[0..<8] == Array("INTASTAG".utf8)[...])
    #expect(bytes.integer(at: 8, as: UInt32.self) == 1)
    #expect(bytes.integer(at: 12, as: UInt32.self) == 0)
    #expect(Array(bytes[16..<32]) == KnownAnswers.logID.bytes)
    #expect(bytes.integer(at: 32, as: UInt64.self) == 0x0102_0304_0506_0708)
    #expect(bytes.integer(at: 40, as: UInt32.self) == 0)
    var crc = CRC32C()
    crc.update(bytes.rawSpan.extracting(0..<44))
    #expect(bytes.integer(at: 44, as: UInt32.self) == crc.value)
  }

  @Test func whatWasEncodedIsDecodedAndNothingElse() {
    let bytes = slot.encoded
    #expect(decoded(bytes + [9, 9]) == slot)
    #expect(decoded(Array(bytes.dropLast())) == nil && decoded([]) == nil)
    for offset in bytes.indices {
      for bit in 0..<8 { #expect(decoded(bytes.turning(1 << bit, at: offset)) == nil) }
    }
  }

  private func decoded(_ bytes: [UInt8]) -> StagingSlot? { StagingSlot(decoding: bytes.rawSpan) }
}
