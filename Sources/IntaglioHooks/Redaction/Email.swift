extension PatternScanner {
  /// Finds an `@` after a character that can end a local part, before a domain of two or more labels whose last is a name.
  ///
  /// Letters beyond ASCII count as such on both sides. Quoted local parts and addresses in brackets are not found.
  mutating func findEmail() -> Bool {
    for offset in 0..<count where byte(at: offset) == UInt8(ascii: "@") {
      guard let previous = byte(at: offset - 1), previous.canEndLocalPart else { continue }
      if hasDomain(at: offset + 1) { return true }
    }
    return false
  }

  private mutating func hasDomain(at start: Int) -> Bool {
    var offset = start
    var labelCount = 0
    while true {
      let labelStart = offset
      var letterCount = 0
      while let byte = byte(at: offset), byte.isLetterOfName {
        letterCount += 1
        offset += 1
      }
      // `com`, and `com-` of what follows it; `xn--` begins so too. Not `rc1`: that is a version.
      let isEnded = byte(at: offset)?.isASCIIDigit != true
      if labelCount > 0, letterCount >= 2, isEnded { return true }
      while let byte = byte(at: offset),
        byte.isLetterOfName || byte.isASCIIDigit || byte == UInt8(ascii: "-")
      {
        offset += 1
      }
      guard offset > labelStart, byte(at: offset) == UInt8(ascii: ".") else { return false }
      labelCount += 1
      offset += 1
    }
  }
}

extension UInt8 {
  fileprivate var isLetterOfName: Bool { isASCIILetter || self >= 0x80 }

  /// Letters, digits and the marks of an atom (RFC 5322, section 3.2.3), but no slash and no brace, which end other things.
  fileprivate var canEndLocalPart: Bool {
    switch self {
    case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
      UInt8(ascii: "%"), UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"),
      UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "="),
      UInt8(ascii: "?"), UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "|"),
      UInt8(ascii: "~"):
      true
    default: isLetterOfName || isASCIIDigit
    }
  }
}
