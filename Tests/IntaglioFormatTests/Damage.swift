import IntaglioFormat

extension [UInt8] {
  /// A copy with the bits of one byte turned.
  func turning(_ bits: UInt8 = 1, at offset: Int) -> [UInt8] {
    var copy = self
    copy[offset] ^= bits
    return copy
  }

  /// A copy with a little-endian integer put in.
  func putting(_ value: some FixedWidthInteger, at offset: Int) -> [UInt8] {
    var copy = self
    Swift.withUnsafeBytes(of: value.littleEndian) { bytes in
      for (index, byte) in bytes.enumerated() { copy[offset + index] = byte }
    }
    return copy
  }

  /// A copy whose bytes at `offset` are the digest of those of `range`.
  func sealing(_ range: Range<Int>, at offset: Int) -> [UInt8] {
    var copy = self
    let digest = SHA256.hash([UInt8](copy[range]))
    copy.replaceSubrange(offset..<offset + 32, with: digest.bytes)
    return copy
  }
}

/// Whether an error says that the bytes are wrong, not that they are too new.
func isInvalid(_ error: FormatError?) -> Bool {
  if case .invalid = error { true } else { false }
}
