/// Secrets that are known by their form, wherever in a text they stand.
///
/// Searched in UTF-8 byte by byte, in time linear in the text. Only ASCII is recognised: digits of other scripts, full-width
/// digits and letters, and secrets in base64, percent or other encodings are not found. The search errs on the side of taking
/// out too much.
package enum BuiltInPattern: String, CaseIterable, Hashable, Sendable {
  /// A payment card's number: 13 to 19 digits that begin and check as such numbers do, with or without spaces and hyphens.
  case creditCard = "credit_card"
  /// An address such as `name@example.com`.
  case email
  /// A key of OpenAI, Anthropic, AWS, GitHub, Slack or Google.
  case apiKey = "api_key"
  /// `Bearer`, and a token of 16 or more characters.
  case bearerToken = "bearer_token"
  /// The first line of a private key in PEM.
  case privateKey = "private_key"

  /// How often texts within texts are unwrapped.
  private static let nestingLimit = 3

  /// Whether the pattern is found anywhere in `text`, as it stands or with the escapes of JSON decoded.
  ///
  /// A text may be JSON itself, or a part of some, which writes a line feed before a key as `\nsk-`.
  package func isFound(in text: String) -> Bool {
    if isFound(in: text.utf8.span) { return true }
    guard text.utf8.contains(UInt8(ascii: "\\")) else { return false }
    var bytes = Array(text.utf8)
    for _ in 0..<Self.nestingLimit {
      let decoded = bytes.decodingEscapes
      if decoded.count == bytes.count { return false }
      if isFound(in: decoded.span) { return true }
      bytes = decoded
    }
    return false
  }

  private func isFound(in bytes: Span<UInt8>) -> Bool {
    var scanner = PatternScanner(bytes)
    return scanner.find(self)
  }
}

/// A text that is searched; counts how often it looks at a byte.
package struct PatternScanner: ~Escapable {
  private let bytes: Span<UInt8>
  package private(set) var readCount = 0

  @_lifetime(copy bytes)
  package init(_ bytes: Span<UInt8>) { self.bytes = bytes }

  package mutating func find(_ pattern: BuiltInPattern) -> Bool {
    switch pattern {
    case .creditCard: findCreditCard()
    case .email: findEmail()
    case .apiKey: findAPIKey()
    case .bearerToken: findBearerToken()
    case .privateKey: findPrivateKey()
    }
  }

  var count: Int { bytes.count }

  /// The byte at `offset`; nil outside the text.
  mutating func byte(at offset: Int) -> UInt8? {
    readCount &+= 1
    return offset >= 0 && offset < bytes.count ? bytes[offset] : nil
  }

  /// Whether `text` stands at `offset`.
  mutating func has(_ text: String, at offset: Int) -> Bool {
    var offset = offset
    for expected in text.utf8 {
      if byte(at: offset) != expected { return false }
      offset += 1
    }
    return true
  }
}
