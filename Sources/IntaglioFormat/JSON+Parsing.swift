extension JSON {
  /// The deepest nesting that is read.
  package static let depthLimit = 128

  /// Parses one JSON text that fills `bytes`, with white space around it.
  ///
  /// Refused, besides what RFC 8259 refuses: repeated names in an object, escapes of lone surrogates, invalid UTF-8,
  /// and nesting deeper than 128.
  package static func parse(_ bytes: RawSpan) throws(JSONError) -> JSON {
    var parser = JSONParser(bytes: bytes.array)
    return try parser.parseDocument()
  }

  package static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSON {
    var parser = JSONParser(bytes: bytes)
    return try parser.parseDocument()
  }
}

/// Why a text is not JSON, and where.
package struct JSONError: Error, Hashable, CustomStringConvertible {
  package let what: String
  /// In bytes from the beginning of the text.
  package let offset: Int

  package var description: String { "\(what) at byte \(offset)" }
}

private struct JSONParser {
  let bytes: [UInt8]
  var position = 0

  mutating func parseDocument() throws(JSONError) -> JSON {
    let value = try parseValue(depth: 0)
    skipWhiteSpace()
    guard position == bytes.count else { throw error("text after the value") }
    return value
  }

  private mutating func parseValue(depth: Int) throws(JSONError) -> JSON {
    guard depth < JSON.depthLimit else { throw error("nesting deeper than \(JSON.depthLimit)") }
    skipWhiteSpace()
    switch peek {
    case UInt8(ascii: "{"): return try parseObject(depth: depth)
    case UInt8(ascii: "["): return try parseArray(depth: depth)
    case UInt8(ascii: "\""): return .string(try parseString())
    case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
    case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
    case UInt8(ascii: "n"): return try parseWord("null", .null)
    case nil: throw error("a value is missing")
    default: return .number(try parseNumber())
    }
  }

  private mutating func parseObject(depth: Int) throws(JSONError) -> JSON {
    position += 1
    var members: [JSON.Member] = []
    // By their bytes: strings that only look alike are equal in Swift, and different to other readers.
    var names: Set<[UInt8]> = []
    skipWhiteSpace()
    if take(UInt8(ascii: "}")) { return .object([]) }
    repeat {
      skipWhiteSpace()
      let start = position
      guard peek == UInt8(ascii: "\"") else { throw error("a member's name is missing") }
      let name = try parseString()
      guard names.insert(Array(name.utf8)).inserted else {
        throw JSONError(what: "the name \"\(name)\" is repeated", offset: start)
      }
      skipWhiteSpace()
      guard take(UInt8(ascii: ":")) else { throw error("a colon is missing") }
      members.append(.init(name, try parseValue(depth: depth + 1)))
      skipWhiteSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw error("a comma or } is missing") }
    return .object(members)
  }

  private mutating func parseArray(depth: Int) throws(JSONError) -> JSON {
    position += 1
    var elements: [JSON] = []
    skipWhiteSpace()
    if take(UInt8(ascii: "]")) { return .array([]) }
    repeat {
      elements.append(try parseValue(depth: depth + 1))
      skipWhiteSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw error("a comma or ] is missing") }
    return .array(elements)
  }

  private mutating func parseString() throws(JSONError) -> String {
    position += 1
    var utf8: [UInt8] = []
    let start = position
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        guard let text = String(validating: utf8, as: UTF8.self) else {
          throw JSONError(what: "invalid UTF-8 in a string", offset: start)
        }
        return text
      case UInt8(ascii: "\\"):
        position += 1
        utf8.append(contentsOf: String(try parseEscape()).utf8)
      case 0..<0x20: throw error("a control character in a string")
      default:
        utf8.append(byte)
        position += 1
      }
    }
    throw error("a string does not end")
  }

  private mutating func parseEscape() throws(JSONError) -> Unicode.Scalar {
    guard let byte = peek else { throw error("a string does not end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{08}"
    case UInt8(ascii: "f"): return "\u{0C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let unit = try parseFourHexDigits()
      if let scalar = Unicode.Scalar(unit) { return scalar }
      guard (0xD800..<0xDC00).contains(unit), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u"))
      else { throw error("a lone surrogate") }
      let low = try parseFourHexDigits()
      guard (0xDC00..<0xE000).contains(low) else { throw error("a lone surrogate") }
      return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))!
    default: throw error("an unknown escape")
    }
  }

  private mutating func parseFourHexDigits() throws(JSONError) -> UInt32 {
    guard position + 4 <= bytes.count,
      let pair = [UInt8](hex: String(decoding: bytes[position..<position + 4], as: UTF8.self))
    else { throw error("four hexadecimal digits are missing") }
    position += 4
    return UInt32(pair[0]) << 8 | UInt32(pair[1])
  }

  private mutating func parseNumber() throws(JSONError) -> String {
    let start = position
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try takeDigits() }
    if take(UInt8(ascii: ".")) { try takeDigits() }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try takeDigits()
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func takeDigits() throws(JSONError) {
    let start = position
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    guard position > start else {
      throw error(position == bytes.count ? "a digit is missing" : "an unexpected character")
    }
  }

  private mutating func parseWord(_ word: String, _ value: JSON) throws(JSONError) -> JSON {
    guard bytes[position...].starts(with: word.utf8) else { throw error("an unknown word") }
    position += word.utf8.count
    return value
  }

  private mutating func skipWhiteSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    position += 1
    return true
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func error(_ what: String) -> JSONError { JSONError(what: what, offset: position) }
}
