extension JSON {
  /// The value in canonical form (RFC 8785): no white space, members in the order of their names' UTF-16 code units,
  /// numbers as ECMAScript writes the nearest double.
  ///
  /// What a double cannot hold is lost: 2^53 + 1 becomes 2^53, 1e-400 becomes 0. Texts whose every digit counts, such as the
  /// arguments of a call, are kept as texts.
  ///
  /// - Precondition: every number is one, and finite as a double; no name is twice in an object. Both hold for what was
  ///   parsed.
  package var canonical: [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(512)
    appendCanonical(to: &output)
    return output
  }

  /// Appends ``canonical``.
  package func appendCanonical(to output: inout [UInt8]) {
    switch self {
    case .null: output.append(contentsOf: "null".utf8)
    case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
    case .number(let text): Self.append(number: text, to: &output)
    case .string(let text): Self.append(string: text, to: &output)
    case .array(let elements):
      output.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        element.appendCanonical(to: &output)
      }
      output.append(UInt8(ascii: "]"))
    case .object(let members):
      output.append(UInt8(ascii: "{"))
      let members = Member.ordered(members)
      for index in members.indices {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        Self.append(string: members[index].name, to: &output)
        output.append(UInt8(ascii: ":"))
        members[index].value.appendCanonical(to: &output)
      }
      output.append(UInt8(ascii: "}"))
    }
  }

  /// Appends `text` between quotes, with the escapes that have to be (RFC 8785, section 3.2.2.2).
  private static func append(string text: String, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    let bytes = unsafe text.utf8.span.bytes
    var start = 0
    while true {
      let end = bytes.endOfPlainText(from: start)
      output.append(bytes: bytes.extracting(start..<end))
      if end == bytes.byteCount { break }
      append(escapeOf: bytes.integer(at: end), to: &output)
      start = end + 1
    }
    output.append(UInt8(ascii: "\""))
  }

  private static func append(escapeOf byte: UInt8, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(byte)
    case 0x08: output.append(UInt8(ascii: "b"))
    case 0x09: output.append(UInt8(ascii: "t"))
    case 0x0A: output.append(UInt8(ascii: "n"))
    case 0x0C: output.append(UInt8(ascii: "f"))
    case 0x0D: output.append(UInt8(ascii: "r"))
    default: output.append(contentsOf: ("u00" + [byte].hex).utf8)
    }
  }
}

extension [JSON.Member] {
  /// Adds `member` in its place, if the others are in theirs; fastest for one that comes last.
  package mutating func insert(inOrder member: JSON.Member) {
    var index = count
    while index > 0, member.precedes(self[index - 1]) { index -= 1 }
    insert(member, at: index)
  }
}

extension JSON.Member {
  /// The members in the order of their names.
  fileprivate static func ordered(_ members: [Self]) -> [Self] {
    if areOrdered(members) { return members }
    let ordered = members.sorted { $0.precedes($1) }
    precondition(areOrdered(ordered), "a name is twice in an object")
    return ordered
  }

  private static func areOrdered(_ members: [Self]) -> Bool {
    for index in members.indices.dropFirst() {
      guard members[index - 1].precedes(members[index]) else { return false }
    }
    return true
  }

  /// Whether the name stands before that of `other` in the order of UTF-16 code units.
  ///
  /// That is the order of UTF-8, but for the characters from U+E000 to U+FFFF, which stand behind those written with
  /// surrogates.
  fileprivate func precedes(_ other: Self) -> Bool {
    let mine = unsafe name.utf8.span.bytes
    let others = unsafe other.name.utf8.span.bytes
    let index = mine.commonPrefixByteCount(with: others)
    if index == mine.byteCount || index == others.byteCount {
      return mine.byteCount < others.byteCount
    }
    return Self.rank(mine.integer(at: index)) < Self.rank(others.integer(at: index))
  }

  /// Where a character's first byte in UTF-8 stands in the order of UTF-16: 0xEE and 0xEF after 0xF0 to 0xF4.
  private static func rank(_ byte: UInt8) -> UInt8 {
    byte == 0xEE || byte == 0xEF ? byte + 0x10 : byte
  }
}

extension RawSpan {
  /// The offset of the first byte from `start` on that cannot stand for itself in a JSON string: a quote, a backslash or a
  /// control character; the end if there is none.
  func endOfPlainText(from start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quotes = ones &* UInt64(UInt8(ascii: "\""))
    let backslashes = ones &* UInt64(UInt8(ascii: "\\"))
    var offset = start
    while offset + 8 <= byteCount {
      let word: UInt64 = integer(at: offset)
      // The highest bit of a byte in `x - n & ~x` tells whether it is below n (Warren, Hacker's Delight, 6-1). A borrow
      // can make that wrong, but only above the first byte for which it is right.
      let controls = (word &- ones &* 0x20) & ~word
      let (toQuote, toBackslash) = (word ^ quotes, word ^ backslashes)
      let specials = (toQuote &- ones) & ~toQuote | (toBackslash &- ones) & ~toBackslash
      let found = (controls | specials) & 0x8080_8080_8080_8080
      if found != 0 { return offset + found.trailingZeroBitCount / 8 }
      offset += 8
    }
    while offset < byteCount {
      let byte: UInt8 = integer(at: offset)
      if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
      offset += 1
    }
    return offset
  }
}
