internal import IntaglioFormat

extension PolicyNode {
  /// Reads `text` as JSON, strictly, and notes where each value begins.
  package init(json text: [UInt8]) throws(PolicyError) {
    guard text.count <= Policy.Bounds.textByteCount else {
      throw PolicyError(
        "the text has \(text.count) bytes, and at most \(Policy.Bounds.textByteCount) are read",
        at: Place(line: 1, column: 1))
    }
    var cursor = JSONCursor(text)
    let json: JSON
    do { json = try JSON.parse(text) } catch {
      cursor.move(to: error.offset)
      throw PolicyError("this is not JSON: \(error.what)", at: cursor.place)
    }
    self = cursor.node(json)
  }
}

/// Goes once more through a text that was read without error, in step with the values that were found.
private struct JSONCursor {
  private let bytes: [UInt8]
  private var offset = 0
  private(set) var place = PolicyNode.Place(line: 1, column: 1)

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func node(_ json: JSON) -> PolicyNode {
    moveToToken()
    let start = place
    switch json {
    case .null:
      moveOverWord()
      return PolicyNode(.null, at: start)
    case .bool(let value):
      moveOverWord()
      return PolicyNode(.bool(value), at: start)
    case .number(let text):
      moveOverWord()
      return PolicyNode(.number(text), at: start)
    case .string(let text):
      moveOverString()
      return PolicyNode(.string(text), at: start)
    case .array(let elements):
      move()
      let nodes = elements.map { node($0) }
      moveToToken()
      move()
      return PolicyNode(.list(nodes), at: start)
    case .object(let members):
      move()
      let nodes = members.map { (key: node(.string($0.name)), value: node($0.value)) }
      moveToToken()
      move()
      return PolicyNode(.map(nodes), at: start)
    }
  }

  mutating func move(to end: Int) {
    while offset < min(end, bytes.count) { move() }
  }

  private mutating func move() {
    let byte = bytes[offset]
    offset += 1
    if byte == UInt8(ascii: "\n") {
      place = PolicyNode.Place(line: place.line + 1, column: 1)
    } else if offset == bytes.count || bytes[offset] & 0xC0 != 0x80 {
      // Columns are counted in scalars: the bytes that continue one do not count.
      place.column += 1
    }
  }

  /// Over white space, commas and colons.
  private mutating func moveToToken() {
    while offset < bytes.count, " \n\r\t,:".utf8.contains(bytes[offset]) { move() }
  }

  private mutating func moveOverWord() {
    while offset < bytes.count, !" \n\r\t,:]}".utf8.contains(bytes[offset]) { move() }
  }

  private mutating func moveOverString() {
    move()
    while bytes[offset] != UInt8(ascii: "\"") {
      if bytes[offset] == UInt8(ascii: "\\") { move() }
      move()
    }
    move()
  }
}
