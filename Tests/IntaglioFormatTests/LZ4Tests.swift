import IntaglioFormat
import IntaglioTestSupport
import Testing

@Suite struct LZ4Tests {
  @Test func whatIsCompressedIsDecompressed() throws {
    var generator = SeededGenerator(for: #function)
    for count in [1, 12, 13, 100, 4096, 70_000] {
      var content = generator.bytes(count: count).map { $0 % 3 }
      content += content
      let block = try #require(LZ4.compress(content, limit: content.count + 100))
      #expect(LZ4.decompress(block, byteCount: content.count) == content)
    }
  }

  @Test func aBlockWrittenByHandIsDecompressed() {
    let block = [UInt8](hex: "1f6101004b506161616161")!
    let content = [UInt8](repeating: UInt8(ascii: "a"), count: 100)
    #expect(LZ4.decompress(block, byteCount: 100) == content)
  }

  @Test func whatDoesNotGetSmallerThanTheLimitIsNotCompressed() {
    var generator = SeededGenerator(for: #function)
    let content = generator.bytes(count: 1000)
    #expect(LZ4.compress(content, limit: 999) == nil)
    #expect(LZ4.compress(content, limit: 0) == nil)
  }

  @Test func aBlockThatDecodesToMoreOrLessThanItClaimsIsRefused() {
    let block = [UInt8](hex: "1f6101004b506161616161")!
    for count in [0, 1, 99, 101, 1 << 20] {
      #expect(LZ4.decompress(block, byteCount: count) == nil)
    }
  }

  @Test func aBombIsRefusedAtItsClaimedSize() throws {
    let zeros = [UInt8](repeating: 0, count: 16 << 20)
    let bomb = try #require(LZ4.compress(zeros, limit: 1 << 20))
    #expect(bomb.count < 70_000)
    #expect(LZ4.decompress(bomb, byteCount: 1 << 20) == nil)
  }

  @Test func blocksOfRubbishAreRefusedOrHaveTheRightLength() {
    var generator = SeededGenerator(for: #function)
    for _ in 0..<2_000 {
      let block = generator.bytes(count: Int.random(in: 0..<60, using: &generator))
      let content = LZ4.decompress(block, byteCount: 64)
      #expect(content == nil || content?.count == 64)
    }
  }
}
