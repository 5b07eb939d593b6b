// Keys, tokens and private keys: a beginning that nothing else has, and what has to follow it. No more bytes are looked at
// than decide, so that beginnings in a row cost no more than their length.

extension PatternScanner {
  /// Finds a key by its beginning, which does not touch a letter or digit before it, and by how many characters follow.
  ///
  /// - `sk-` (OpenAI, and with `ant-` Anthropic): 20 letters, digits, `_` and `-`, among the first 64 a digit or capital
  /// - `AKIA`, `ASIA` (AWS): 16 capitals and digits, and no more
  /// - `ghp_`, `gho_`, `ghu_`, `ghs_`, `ghr_` (GitHub): 36 letters, digits and `_`; `github_pat_`: 22
  /// - `xoxa-`, `xoxb-`, `xoxp-`, `xoxr-`, `xoxs-` (Slack): 10 letters, digits and `-`, among the first 64 a digit
  /// - `AIza` (Google): 35 letters, digits, `_` and `-`
  mutating func findAPIKey() -> Bool {
    var isAfterWord = false
    for offset in 0..<count {
      guard let first = byte(at: offset) else { break }
      if !isAfterWord, hasAPIKey(at: offset, first) { return true }
      isAfterWord = first.isASCIIAlphanumeric
    }
    return false
  }

  private mutating func hasAPIKey(at offset: Int, _ first: UInt8) -> Bool {
    switch first {
    case UInt8(ascii: "s"):
      guard has("sk-", at: offset) else { return false }
      let token = token(at: offset + 3) { $0.isASCIIAlphanumeric || $0 == dash || $0 == underscore }
      return token.count >= 20 && (token.hasDigit || token.hasUppercase)
    case UInt8(ascii: "A"):
      if has("AKIA", at: offset) || has("ASIA", at: offset) {
        return token(at: offset + 4) { $0.isASCIIAlphanumeric }.count == 16
          && token(at: offset + 4) { $0.isASCIIUppercase || $0.isASCIIDigit }.count == 16
      }
      return has("AIza", at: offset)
        && token(at: offset + 4) { $0.isASCIIAlphanumeric || $0 == dash || $0 == underscore }.count
          >= 35
    case UInt8(ascii: "g"):
      if has("github_pat_", at: offset) {
        return token(at: offset + 11) { $0.isASCIIAlphanumeric || $0 == underscore }.count >= 22
      }
      guard has("gh", at: offset), let kind = byte(at: offset + 2), "pousr".utf8.contains(kind),
        byte(at: offset + 3) == underscore
      else { return false }
      return token(at: offset + 4) { $0.isASCIIAlphanumeric || $0 == underscore }.count >= 36
    case UInt8(ascii: "x"):
      guard has("xox", at: offset), let kind = byte(at: offset + 3), "abprs".utf8.contains(kind),
        byte(at: offset + 4) == dash
      else { return false }
      let token = token(at: offset + 5) { $0.isASCIIAlphanumeric || $0 == dash }
      return token.count >= 10 && token.hasDigit
    default: return false
    }
  }

  /// Finds `Bearer` in capitals or not, blanks, and 16 characters of a token (RFC 6750, section 2.1).
  mutating func findBearerToken() -> Bool {
    for start in 0..<count where isBearer(at: start) {
      var offset = start + 6
      while byte(at: offset) == UInt8(ascii: " ") || byte(at: offset) == UInt8(ascii: "\t") {
        offset += 1
      }
      if offset > start + 6, token(at: offset, { $0.isOfBearerToken }).count >= 16 { return true }
    }
    return false
  }

  private mutating func isBearer(at start: Int) -> Bool {
    guard let first = byte(at: start), first | 0x20 == UInt8(ascii: "b"),
      byte(at: start - 1)?.isASCIIAlphanumeric != true
    else { return false }
    var offset = start
    for expected in "bearer".utf8 {
      guard let byte = byte(at: offset), byte | 0x20 == expected else { return false }
      offset += 1
    }
    return true
  }

  /// Finds `-----BEGIN `, a label that ends in `PRIVATE KEY` or `PRIVATE KEY BLOCK`, and `-----` (RFC 7468, RFC 4880).
  ///
  /// What follows in other strings, such as the lines of a key in an array, is not found.
  mutating func findPrivateKey() -> Bool {
    for start in 0..<count where byte(at: start) == dash && has("-----BEGIN ", at: start) {
      var offset = start + 11
      while let byte = byte(at: offset),
        byte.isASCIIUppercase || byte.isASCIIDigit || byte == UInt8(ascii: " ")
      {
        offset += 1
      }
      if has("-----", at: offset),
        has("PRIVATE KEY", at: offset - 11) || has("PRIVATE KEY BLOCK", at: offset - 17)
      {
        return true
      }
    }
    return false
  }

  /// The characters from `start` on that belong to a token, up to 64 of them.
  private mutating func token(at start: Int, _ belongs: (UInt8) -> Bool) -> Token {
    var token = Token()
    while token.count < 64, let byte = byte(at: start + token.count), belongs(byte) {
      token.count += 1
      token.hasDigit = token.hasDigit || byte.isASCIIDigit
      token.hasUppercase = token.hasUppercase || byte.isASCIIUppercase
    }
    return token
  }
}

private struct Token {
  var count = 0
  var hasDigit = false
  var hasUppercase = false
}

private let dash = UInt8(ascii: "-")
private let underscore = UInt8(ascii: "_")

extension UInt8 {
  fileprivate var isOfBearerToken: Bool {
    isASCIIAlphanumeric || [0x2D, 0x2E, 0x5F, 0x7E, 0x2B, 0x2F, 0x3D].contains(self)
  }
}
