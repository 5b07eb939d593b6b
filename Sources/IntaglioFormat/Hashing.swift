internal import CHash

/// SHA-256 (FIPS 180-4) over borrowed bytes.
package enum SHA256 {
  package static func hash(_ bytes: RawSpan) -> Digest {
    unsafe bytes.withUnsafeBytes { buffer in
      // All lines at once: hashing by itself would ask for each only a block before it needs it.
      unsafe chash_prefetch(buffer.baseAddress, buffer.count)
      return unsafe Digest { digest in
        unsafe chash_sha256(buffer.baseAddress, buffer.count, digest)
      }
    }
  }

  package static func hash(_ bytes: [UInt8]) -> Digest { hash(bytes.rawSpan) }

  /// The digest of `first` ‖ `second`, without joining them.
  package static func hash(_ first: RawSpan, _ second: RawSpan) -> Digest {
    unsafe first.withUnsafeBytes { head in
      unsafe second.withUnsafeBytes { tail in
        unsafe Digest { digest in
          unsafe chash_sha256_pair(
            head.baseAddress, head.count, tail.baseAddress, tail.count, digest)
        }
      }
    }
  }

  /// What computes the hashes, as text for reports: "sha-ni x3, sse4.2" or "portable".
  package static var implementation: String { unsafe String(cString: chash_description()) }
}

extension chash_sum {
  /// The digest.
  var content: Digest { unsafe withUnsafeBytes(of: digest) { unsafe Digest($0.bytes) } }

  init(_ digest: Digest) {
    self.init()
    unsafe withUnsafeMutableBytes(of: &self.digest) { bytes in
      unsafe bytes.baseAddress!.storeBytes(of: digest.words, as: InlineArray<4, UInt64>.self)
    }
  }
}

/// The CRC-32C of the first bytes of something: of its whole blocks of SHA-256, beside which it was computed, or of none.
struct PartialCRC: Sendable {
  let value: UInt32
  /// Of how many bytes.
  let byteCount: Int

  static let none = PartialCRC(value: 0, byteCount: 0)

  private init(value: UInt32, byteCount: Int) {
    self.value = value
    self.byteCount = byteCount
  }

  /// What a sum has of a message of `byteCount` bytes.
  init(_ value: UInt32, ofBlocksIn byteCount: Int) {
    let blockByteCount = Int(CHASH_SHA256_BLOCK_BYTE_COUNT)
    self.init(value: value, byteCount: byteCount / blockByteCount * blockByteCount)
  }
}

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4), fed piece by piece.
package struct CRC32C {
  package private(set) var value: UInt32 = 0

  package init() {}

  package mutating func update(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { buffer in
      value = unsafe chash_crc32c(value, buffer.baseAddress, buffer.count)
    }
  }

  package mutating func update(_ integer: UInt64) {
    unsafe withUnsafeBytes(of: integer.littleEndian) { buffer in
      value = unsafe chash_crc32c(value, buffer.baseAddress, 8)
    }
  }
}
