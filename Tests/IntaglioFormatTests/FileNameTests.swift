import IntaglioFormat
import Testing

@Suite struct FileNameTests {
  @Test(arguments: [0, 1, 1000, 12_345_678_901_234_567_890, .max] as [UInt64])
  func theNameOfASegmentSaysItsFirstSequence(sequence: UInt64) {
    let name = FileName.segment(SequenceNumber(sequence))
    #expect(name.utf8.count == 24)
    #expect(FileName.firstSequence(ofSegment: name) == SequenceNumber(sequence))
  }

  @Test func namesHaveTwentyDigitsSoThatTheirOrderIsThatOfTheSequences() {
    #expect(FileName.segment(42) == "00000000000000000042.seg")
    #expect(FileName.sidecar(42) == "00000000000000000042.idx")
    #expect(FileName.segment(9) < FileName.segment(10))
  }

  @Test(arguments: [
    "", "next", ".seg", "42.seg", "00000000000000000042.idx", "00000000000000000042.seg.tmp",
    "000000000000000000042.seg", "0000000000000000004a.seg", "+0000000000000000042.seg",
    "-0000000000000000042.seg", "99999999999999999999.seg", "0000000000000000004é.seg",
    "00000000000000000042.SEG",
  ])
  func otherNamesAreNotThoseOfSegments(name: String) {
    #expect(FileName.firstSequence(ofSegment: name) == nil)
  }

  @Test func theNameOfAQuarantinedFileSaysCountAndDigest() throws {
    let digest = SHA256.hash([1, 2, 3])
    let name = FileName.quarantined(at: 41, digest: digest)
    let parts = try #require(FileName.quarantined(name))
    #expect(parts.count == 41 && parts.digest == digest)
  }

  @Test func otherNamesAreNotThoseOfQuarantinedFiles() {
    let hex = SHA256.hash([1]).hex
    for name in [
      "", "-", hex, "41-", "-\(hex)", "041-\(hex)", "+41-\(hex)", "41-\(hex.uppercased())",
      "41-\(hex)-", "41-\(hex)0", "41-\(hex).tmp", "41--\(hex)", "99999999999999999999-\(hex)",
    ] {
      #expect(FileName.quarantined(name) == nil, "\(name)")
    }
  }
}
