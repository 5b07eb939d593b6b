import IntaglioFormat
import Testing

@Suite struct DigestTests {
  private let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

  @Test func hexIsReadInEitherCaseAndWrittenInLowerCase() throws {
    let digest = try #require(Digest(hex: hex))
    #expect(digest == Digest(hex: hex.uppercased()))
    #expect(digest.hex == hex && digest.description == hex)
    #expect(digest.bytes == [UInt8](hex: hex))
    #expect(digest.bytes[0] == 0xBA)
  }

  @Test func anythingElseIsNotADigest() {
    for text in ["", "ba", String(hex.dropLast()), String(hex.dropLast(2)), hex + "00", hex + "0"] {
      #expect(Digest(hex: text) == nil)
    }
    #expect(Digest(hex: "g" + hex.dropFirst()) == nil)
    #expect(Digest(hex: " " + hex.dropFirst()) == nil)
    #expect(Digest(hex: "ａ" + hex.dropFirst(3)) == nil)
  }

  @Test func theKnownAnswerOfFIPS180IsComputed() {
    let bytes = Array("abc".utf8)
    #expect(SHA256.hash(bytes).hex == hex)
    let split = SHA256.hash(bytes.rawSpan.extracting(0..<1), bytes.rawSpan.extracting(1..<3))
    #expect(split.hex == hex)
  }

  @Test func digestsThatDifferInOneBitAreNotEqual() throws {
    let bytes = try #require([UInt8](hex: hex))
    for offset in 0..<32 {
      #expect(Digest(bytes.turning(0x10, at: offset)) != Digest(bytes))
    }
  }

  @Test func theCRCIsThatOfRFC3720HoweverItIsFed() {
    let bytes = Array("123456789".utf8)
    var whole = CRC32C()
    whole.update(bytes.rawSpan)
    #expect(whole.value == 0xE306_9283)
    for split in 0...9 {
      var parts = CRC32C()
      parts.update(bytes.rawSpan.extracting(0..<split))
      parts.update(bytes.rawSpan.extracting(split..<9))
      #expect(parts.value == whole.value)
    }
    var integer = CRC32C()
    integer.update(UInt64(littleEndian: 0x3837_3635_3433_3231))
    integer.update(Array("9".utf8).rawSpan)
    #expect(integer.value == whole.value)
  }
}
