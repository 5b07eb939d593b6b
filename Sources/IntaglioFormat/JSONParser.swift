/// A reader that goes through a JSON text once, by recursive descent.
struct JSONParser: ~Escapable {
  private let bytes: RawSpan
  private var position = 0

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) { self.bytes = bytes }

  mutating func parseDocument() throws(JSONError) -> JSON {
    if bytes.byteCount >= 3, peek == 0xEF { throw error("a byte order mark") }
    let value = try parseValue(depth: 0)
    skipWhiteSpace()
    guard position == bytes.byteCount else { throw error("text after the value") }
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
    var names = NameSet()
    skipWhiteSpace()
    if take(UInt8(ascii: "}")) { return .object([]) }
    members.reserveCapacity(4)
    repeat {
      skipWhiteSpace()
      let start = position
      guard peek == UInt8(ascii: "\"") else { throw error("a member's name is missing") }
      let name = try parseString()
      guard names.insert(name, after: members) else {
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
}

// Strings.
extension JSONParser {
  private mutating func parseString() throws(JSONError) -> String {
    position += 1
    let start = position
    position = bytes.endOfPlainText(from: start)
    guard peek == UInt8(ascii: "\"") else { return try parseString(withEscapesFrom: start) }
    position += 1
    return try text(bytes.extracting(start..<position - 1), from: start)
  }

  /// Reads on at the first byte of a string that cannot stand for itself.
  private mutating func parseString(withEscapesFrom start: Int) throws(JSONError) -> String {
    var utf8: [UInt8] = []
    var runStart = start
    while true {
      utf8.append(bytes: bytes.extracting(runStart..<position))
      switch peek {
      case UInt8(ascii: "\""):
        position += 1
        return try text(utf8.rawSpan, from: start)
      case UInt8(ascii: "\\"):
        position += 1
        utf8.append(contentsOf: UTF8.encode(try parseEscape())!)
      case nil: throw error("a string does not end")
      default: throw error("a control character in a string")
      }
      runStart = position
      position = bytes.endOfPlainText(from: position)
    }
  }

  private func text(_ utf8: RawSpan, from start: Int) throws(JSONError) -> String {
    guard let text = utf8.text else {
      throw JSONError(what: "invalid UTF-8 in a string", offset: start)
    }
    return text
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
    var value: UInt32 = 0
    for offset in position..<position + 4 {
      guard offset < bytes.byteCount,
        let digit = Unicode.Scalar(bytes.integer(at: offset, as: UInt8.self)).hexDigitValue
      else { throw error("four hexadecimal digits are missing") }
      value = value << 4 | digit
    }
    position += 4
    return value
  }
}

// Numbers, words and white space.
extension JSONParser {
  private mutating func parseNumber() throws(JSONError) -> String {
    let start = position
    _ = take(UInt8(ascii: "-"))
    let firstDigit = position
    if !take(UInt8(ascii: "0")) { try takeDigits() }
    // The number is below 10 to this power.
    var power = position - firstDigit
    if take(UInt8(ascii: ".")) { try takeDigits() }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) { power += try parseExponent() }
    let text = bytes.extracting(start..<position).text!
    // Every number below 10^308 is finite as a double: few have to be looked at.
    guard power <= 308 || Double(text)!.isFinite else {
      throw JSONError(what: "a number beyond all doubles", offset: start)
    }
    return text
  }

  /// The exponent, or one that is far beyond any double's.
  private mutating func parseExponent() throws(JSONError) -> Int {
    let isNegative = peek == UInt8(ascii: "-")
    if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
    let start = position
    try takeDigits()
    var exponent = 0
    for offset in start..<position where exponent < 1 << 50 {
      exponent = exponent * 10 + Int(bytes.integer(at: offset, as: UInt8.self) - UInt8(ascii: "0"))
    }
    return isNegative ? -exponent : exponent
  }

  private mutating func takeDigits() throws(JSONError) {
    let start = position
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    guard position > start else {
      throw error(position == bytes.byteCount ? "a digit is missing" : "an unexpected character")
    }
  }

  private mutating func parseWord(_ word: String, _ value: JSON) throws(JSONError) -> JSON {
    let start = position
    for byte in word.utf8 {
      guard take(byte) else { throw JSONError(what: "an unknown word", offset: start) }
    }
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

  private var peek: UInt8? { position < bytes.byteCount ? bytes.integer(at: position) : nil }

  private func error(_ what: String) -> JSONError { JSONError(what: what, offset: position) }
}

/// The names of an object, by their bytes: strings that only look alike are equal in Swift, and different to other readers.
///
/// A few are compared with each other; for more there is a hash table.
private struct NameSet {
  private static let smallCount = 16
  private var names: Set<[UInt8]> = []

  /// Adds `name`, which follows the names of `members`, all of them added; false if it is among them.
  mutating func insert(_ name: String, after members: [JSON.Member]) -> Bool {
    guard members.count >= Self.smallCount else {
      return !members.contains { $0.name.hasSameBytes(as: name) }
    }
    if names.isEmpty { for member in members { names.insert(Array(member.name.utf8)) } }
    return names.insert(Array(name.utf8)).inserted
  }
}

extension String {
  fileprivate func hasSameBytes(as other: String) -> Bool {
    let mine = utf8.span
    let others = other.utf8.span
    guard mine.count == others.count else { return false }
    for index in 0..<mine.count where mine[index] != others[index] { return false }
    return true
  }
}

extension Unicode.Scalar {
  fileprivate var hexDigitValue: UInt32? {
    switch self {
    case "0"..."9": value - 0x30
    case "a"..."f": value - 0x61 + 10
    case "A"..."F": value - 0x41 + 10
    default: nil
    }
  }
}
