extension JSON {
  /// The deepest nesting that is read.
  package static let depthLimit = 128

  /// Parses one JSON text that fills `bytes`, with white space around it.
  ///
  /// Refused, besides what RFC 8259 refuses: repeated names in an object, escapes of lone surrogates, invalid UTF-8, a byte
  /// order mark, numbers beyond all doubles, and nesting deeper than 128.
  package static func parse(_ bytes: RawSpan) throws(JSONError) -> JSON {
    var parser = JSONParser(bytes)
    return try parser.parseDocument()
  }

  package static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSON { try parse(bytes.rawSpan) }
}

/// Why a text is not JSON, and where.
package struct JSONError: Error, Hashable, CustomStringConvertible {
  package let what: String
  /// In bytes from the beginning of the text.
  package let offset: Int

  package var description: String { "\(what) at byte \(offset)" }
}
