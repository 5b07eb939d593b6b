/// An Ed25519 public key as policies write it: `ed25519:` and 32 bytes in base64 (RFC 4648, section 4), with padding.
enum ApproverKey {
  static let byteCount = 32
  private static let prefix = "ed25519:"
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func text(_ key: [UInt8]) -> String {
    var text = prefix
    for start in stride(from: 0, to: key.count, by: 3) {
      let group = key[start..<min(start + 3, key.count)]
      var bits: UInt32 = 0
      for index in 0..<3 {
        bits = bits << 8 | UInt32(start + index < key.count ? key[start + index] : 0)
      }
      for index in 0..<4 {
        let digit = alphabet[Int(bits >> UInt32(18 - 6 * index) & 63)]
        text.unicodeScalars.append(index <= group.count ? Unicode.Scalar(digit) : "=")
      }
    }
    return text
  }

  /// The key, or nil if `text` is not exactly what `text(_:)` writes for 32 bytes.
  static func key(_ text: String) -> [UInt8]? {
    guard text.hasPrefix(prefix) else { return nil }
    var key: [UInt8] = []
    var (bits, bitCount): (UInt32, Int) = (0, 0)
    for byte in text.utf8.dropFirst(prefix.utf8.count) where byte != UInt8(ascii: "=") {
      guard let digit = alphabet.firstIndex(of: byte) else { return nil }
      bits = bits << 6 | UInt32(digit)
      bitCount += 6
      if bitCount >= 8 {
        bitCount -= 8
        key.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
      }
    }
    // One spelling: no stray bits, no missing padding.
    return key.count == byteCount && self.text(key) == text ? key : nil
  }
}
