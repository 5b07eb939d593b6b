internal import IntaglioHooks

/// What a scalar without quotes is: as JSON has it, or a text; what YAML's readers take for different things is refused.
enum PlainScalar {
  static func value(_ text: String, at place: PolicyNode.Place) throws(PolicyError)
    -> PolicyNode.Value
  {
    switch text {
    case "", "null": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    default: break
    }
    if isNumber(text) { return .number(text) }
    switch text.lowercased() {
    case "yes", "no", "on", "off", "true", "false":
      throw PolicyError(
        "'\(text)' is a truth value to some readers and a text to others: write true or false, or put it in quotes",
        at: place)
    case "~", "null":
      throw PolicyError(
        "'\(text)' is null to some readers: write null, or put it in quotes", at: place)
    default: break
    }
    guard !looksLikeNumber(text) else {
      throw PolicyError(
        "'\(text)' is a number to some readers and none to others: write it as JSON does, or put it in quotes",
        at: place)
    }
    return .string(text)
  }

  /// As JSON writes numbers (RFC 8259, section 6).
  private static func isNumber(_ text: String) -> Bool {
    var rest = text.utf8[...]
    if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
    let whole = rest.takeDigits()
    guard whole.count == 1 || whole.count > 1 && whole.first != UInt8(ascii: "0") else {
      return false
    }
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      guard !rest.takeDigits().isEmpty else { return false }
    }
    if let sign = rest.first, sign | 0x20 == UInt8(ascii: "e") {
      rest.removeFirst()
      if let sign = rest.first, "+-".utf8.contains(sign) { rest.removeFirst() }
      guard !rest.takeDigits().isEmpty else { return false }
    }
    return rest.isEmpty
  }

  /// What some YAML reader takes for a number: other bases, underscores, leading zeros and signs, digits missing beside
  /// the point, base sixty, infinity, and not a number.
  private static func looksLikeNumber(_ text: String) -> Bool {
    var rest = text.lowercased().utf8[...]
    if let sign = rest.first, "+-".utf8.contains(sign) { rest.removeFirst() }
    let body = String(Substring(rest))
    if body == ".inf" || body == ".nan" { return true }
    for (prefix, digits) in [("0x", "0123456789abcdef_"), ("0o", "01234567_"), ("0b", "01_")]
    where body.hasPrefix(prefix) {
      return body.utf8.dropFirst(2).allSatisfy(digits.utf8.contains)
    }
    guard body.utf8.contains(where: { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else {
      return false
    }
    let parts = body.split(separator: ":", omittingEmptySubsequences: false)
    if parts.count > 1 {
      return parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy("0123456789_.".utf8.contains) }
    }
    return isLooseDecimal(rest)
  }

  /// Digits and underscores with at most one point, and an exponent perhaps.
  private static func isLooseDecimal(_ text: Substring.UTF8View) -> Bool {
    var rest = text
    guard let first = rest.first, "0123456789.".utf8.contains(first) else { return false }
    func isDigit(_ byte: UInt8) -> Bool { "0123456789_".utf8.contains(byte) }
    rest = rest.drop(while: isDigit)
    if rest.first == UInt8(ascii: ".") { rest = rest.dropFirst().drop(while: isDigit) }
    if rest.first == UInt8(ascii: "e") {
      rest = rest.dropFirst()
      if let sign = rest.first, "+-".utf8.contains(sign) { rest = rest.dropFirst() }
      rest = rest.drop(while: isDigit)
    }
    return rest.isEmpty
  }
}

extension Substring.UTF8View {
  fileprivate mutating func takeDigits() -> Substring.UTF8View {
    let digits = prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    self = self[digits.endIndex...]
    return digits
  }
}
