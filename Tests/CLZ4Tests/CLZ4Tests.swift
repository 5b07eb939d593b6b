import CLZ4
import Testing

@Suite("liblz4, as the system has it")
struct CLZ4Tests {
  @Test("A block decodes to what was compressed, and never beyond the space that is given")
  func roundTrip() {
    let content = [CChar](repeating: 7, count: 10_000)
    var block = [CChar](repeating: 0, count: Int(LZ4_compressBound(10_000)))
    let count = LZ4_compress_default(content, &block, 10_000, CInt(block.count))
    #expect(count > 0 && count < 200)
    var decoded = [CChar](repeating: 0, count: 10_000)
    #expect(LZ4_decompress_safe(block, &decoded, count, 10_000) == 10_000)
    #expect(decoded == content)
    #expect(LZ4_decompress_safe(block, &decoded, count, 9_999) < 0)
  }

  @Test("The library is one whose block format is stable: 1.9 or later")
  func version() { #expect(LZ4_versionNumber() >= 10_900) }
}
