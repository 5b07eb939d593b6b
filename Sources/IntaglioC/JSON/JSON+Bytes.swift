internal import IntaglioFormat

// Bytes in JSON: a text for its UTF-8, or {"base64": ...} for any (RFC 4648, section 4).

extension Members {
  /// The bytes of the member `name`; nil if it is not there, or null.
  mutating func optionalBytes(_ name: String) throws(Failure) -> [UInt8]? {
    guard let value = value(name) else { return nil }
    if let text = value.string { return Array(text.utf8) }
    guard case .object(let members) = value, members.count == 1,
      let text = value["base64"]?.string, let bytes = Base64.decode(text)
    else { throw wrong(name, "a text, or {\"base64\": ...} in base64 with padding") }
    return bytes
  }

  mutating func bytes(_ name: String) throws(Failure) -> [UInt8] {
    guard let bytes = try optionalBytes(name) else { throw missing(name) }
    return bytes
  }
}

extension JSON {
  /// Bytes as a text where they are UTF-8, else in base64.
  static func bytes(_ bytes: [UInt8]) -> JSON {
    if let text = String(validating: bytes, as: UTF8.self) { return .string(text) }
    return .object([Member("base64", .string(Base64.encode(bytes)))])
  }
}

/// Base64 with padding; there is one way to write some bytes, and no other is read.
enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let values: [UInt8: UInt32] = Dictionary(
    uniqueKeysWithValues: alphabet.enumerated().map { ($1, UInt32($0)) })
  private static let padding = UInt8(ascii: "=")

  static func encode(_ bytes: [UInt8]) -> String {
    var output: [UInt8] = []
    output.reserveCapacity((bytes.count + 2) / 3 * 4)
    for offset in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[offset..<min(offset + 3, bytes.count)]
      var word: UInt32 = 0
      for (place, byte) in group.enumerated() { word |= UInt32(byte) << (16 - 8 * UInt32(place)) }
      for place in 0..<4 {
        let digit = alphabet[Int(word >> (18 - 6 * UInt32(place)) & 63)]
        output.append(place <= group.count ? digit : padding)
      }
    }
    return String(decoding: output, as: UTF8.self)
  }

  static func decode(_ text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count % 4 == 0 else { return nil }
    var output: [UInt8] = []
    output.reserveCapacity(digits.count / 4 * 3)
    for offset in stride(from: 0, to: digits.count, by: 4) {
      var group = digits[offset..<offset + 4]
      if offset + 4 == digits.count {
        while group.count > 2, group.last == padding { group.removeLast() }
      }
      var word: UInt32 = 0
      for (place, digit) in group.enumerated() {
        guard let value = values[digit] else { return nil }
        word |= value << (18 - 6 * UInt32(place))
      }
      // Bits that no byte takes have to be zero.
      let byteCount = group.count - 1
      guard word & (1 << (24 - 8 * UInt32(byteCount)) - 1) == 0 else { return nil }
      for place in 0..<byteCount {
        output.append(UInt8(truncatingIfNeeded: word >> (16 - 8 * UInt32(place))))
      }
    }
    return output
  }
}
