internal import CLZ4

/// The LZ4 block format, without frames (lz4_Block_format.md of the LZ4 project).
package enum LZ4 {
  /// The compressed bytes of `content` if they are at most `limit`, else nil.
  package static func compress(_ content: RawSpan, limit: Int) -> [UInt8]? {
    guard limit > 0, content.byteCount <= Limits.contentByteCount else { return nil }
    let compressed = unsafe [UInt8](unsafeUninitializedCapacity: limit) { output, count in
      count = unsafe content.withUnsafeBytes { input in
        unsafe Int(
          LZ4_compress_default(
            input.baseAddress?.assumingMemoryBound(to: CChar.self),
            UnsafeMutableRawPointer(output.baseAddress!).assumingMemoryBound(to: CChar.self),
            Int32(input.count), Int32(limit)))
      }
    }
    return compressed.isEmpty ? nil : compressed
  }

  /// The `byteCount` bytes that `block` decodes to, or nil if it decodes to anything else.
  package static func decompress(_ block: RawSpan, byteCount: Int) -> [UInt8]? {
    precondition(byteCount <= Limits.contentByteCount, "the caller checks the limit")
    var produced: Int32 = -1
    let content = unsafe [UInt8](unsafeUninitializedCapacity: max(byteCount, 1)) { output, count in
      produced = unsafe block.withUnsafeBytes { input in
        unsafe LZ4_decompress_safe(
          input.baseAddress?.assumingMemoryBound(to: CChar.self),
          UnsafeMutableRawPointer(output.baseAddress!).assumingMemoryBound(to: CChar.self),
          Int32(input.count), Int32(byteCount))
      }
      count = max(0, Int(produced))
    }
    return produced == Int32(byteCount) ? content : nil
  }
}
