import IntaglioFormat
import Testing

@Suite struct BytesTests {
  @Test func theFirstAndLastByteThatAreNotZeroAreFoundAtEveryPlace() {
    for count in [0, 1, 7, 63, 64, 65, 127, 200] {
      let zeros = [UInt8](repeating: 0, count: count)
      #expect(zeros.isZero && zeros.firstNonzeroOffset == nil)
      #expect(zeros.lastNonzeroOffset == nil)
      for offset in 0..<count {
        let bytes = zeros.turning(0x80, at: offset)
        #expect(bytes.firstNonzeroOffset == offset)
        #expect(bytes.lastNonzeroOffset == offset)
        #expect(!bytes.isZero)
        let more = bytes.turning(at: 0).turning(at: count - 1)
        #expect(more.firstNonzeroOffset == 0)
        #expect(more.lastNonzeroOffset == count - 1)
      }
    }
  }

  @Test func integersAreLittleEndianAtAnyAlignment() {
    let bytes: [UInt8] = [9, 1, 2, 3, 4, 5, 6, 7, 8]
    #expect(bytes.integer(at: 1, as: UInt64.self) == 0x0807_0605_0403_0201)
    #expect(bytes.integer(at: 3, as: UInt16.self) == 0x0403)
    var builder = ByteBuilder()
    builder.append(UInt8(9))
    builder.append(0x0807_0605_0403_0201 as UInt64)
    #expect(builder.bytes == bytes)
  }

  @Test func hexIsReadAndWritten() {
    let all = [UInt8](0...255)
    #expect([UInt8](hex: all.hex) == all)
    #expect([UInt8](hex: "") == [])
    for text in ["0", "0g", "+1", " 1", "00 ", "0x00", "é"] { #expect([UInt8](hex: text) == nil) }
  }

  @Test func spansAreEqualIfTheirBytesAre() {
    let bytes: [UInt8] = [1, 2, 3]
    let span = bytes.rawSpan
    let isEqual = span.elementsEqual(([1, 2, 3] as [UInt8]).rawSpan)
    #expect(isEqual)
    let equalsItsBeginning = span.elementsEqual(span.extracting(0..<2))
    #expect(!equalsItsBeginning)
    let equalsAnother = span.elementsEqual(bytes.turning(at: 2).rawSpan)
    #expect(!equalsAnother)
    let part = span.extracting(1..<3).array
    #expect(part == [2, 3])
  }
}
