/// 32 bytes: a SHA-256 digest, or a chain value.
public struct Digest: Hashable, Sendable {
  // Four words in the order and with the bytes of the digest in memory.
  var words: InlineArray<4, UInt64>

  /// The digest of all zeros, which no content is known to have.
  package static let zero = Digest(words: [0, 0, 0, 0])

  init(words: InlineArray<4, UInt64>) { self.words = words }

  /// The 32 bytes at `offset` of `bytes`.
  package init(_ bytes: RawSpan, at offset: Int = 0) {
    words = [
      bytes.word(at: offset), bytes.word(at: offset + 8),
      bytes.word(at: offset + 16), bytes.word(at: offset + 24),
    ]
  }

  /// The digest written as 64 hexadecimal digits, or nil if `hex` is anything else.
  public init?(hex: String) {
    guard let bytes = [UInt8](hex: hex), bytes.count == 32 else { return nil }
    self.init(bytes.rawSpan)
  }

  /// The 32 bytes.
  public var bytes: [UInt8] {
    unsafe withBytes { source in
      unsafe [UInt8](UnsafeRawBufferPointer(start: source, count: 32))
    }
  }

  /// The digest as 64 lower-case hexadecimal digits.
  public var hex: String { bytes.hex }

  func withBytes<R>(_ body: (UnsafePointer<UInt8>) -> R) -> R {
    unsafe withUnsafeBytes(of: words) { buffer in
      unsafe body(buffer.baseAddress!.assumingMemoryBound(to: UInt8.self))
    }
  }

  /// Calls `body` with 32 bytes to write the digest into.
  init(writing body: (UnsafeMutablePointer<UInt8>) -> Void) {
    words = [0, 0, 0, 0]
    unsafe withUnsafeMutableBytes(of: &words) { buffer in
      unsafe body(buffer.baseAddress!.assumingMemoryBound(to: UInt8.self))
    }
  }

  /// Whether both digests have the same bytes.
  public static func == (lhs: Digest, rhs: Digest) -> Bool {
    (lhs.words[0] ^ rhs.words[0]) | (lhs.words[1] ^ rhs.words[1])
      | (lhs.words[2] ^ rhs.words[2]) | (lhs.words[3] ^ rhs.words[3]) == 0
  }

  /// Feeds the digest's first bytes, which are as good as random, into `hasher`.
  public func hash(into hasher: inout Hasher) { hasher.combine(words[0]) }
}

extension Digest: CustomStringConvertible {
  /// The digest as 64 lower-case hexadecimal digits.
  public var description: String { hex }
}
