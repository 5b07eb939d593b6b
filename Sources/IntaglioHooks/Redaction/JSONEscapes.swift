extension [UInt8] {
  /// A text with the escapes of JSON decoded once, wherever they stand, to be searched: what is beyond ASCII becomes U+FFFD.
  ///
  /// Shorter if there was an escape.
  var decodingEscapes: [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(count)
    var offset = 0
    while offset < count {
      guard self[offset] == UInt8(ascii: "\\"), offset + 1 < count else {
        output.append(self[offset])
        offset += 1
        continue
      }
      if self[offset + 1] == UInt8(ascii: "u"), let unit = hexUnit(at: offset + 2) {
        if unit < 0x80 {
          output.append(UInt8(unit))
        } else {
          output.append(contentsOf: [0xEF, 0xBF, 0xBD])
        }
        offset += 6
      } else if let plain = Self.meaning(of: self[offset + 1]) {
        output.append(plain)
        offset += 2
      } else {
        output.append(self[offset])
        offset += 1
      }
    }
    return output
  }

  /// The number that four hexadecimal digits at `start` write.
  private func hexUnit(at start: Int) -> UInt32? {
    guard start + 4 <= count else { return nil }
    var unit: UInt32 = 0
    for digit in self[start..<start + 4] {
      guard let value = Character(Unicode.Scalar(digit)).hexDigitValue else { return nil }
      unit = unit << 4 | UInt32(value)
    }
    return unit
  }

  /// What a backslash before `byte` makes of it.
  private static func meaning(of byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    default: nil
    }
  }
}
