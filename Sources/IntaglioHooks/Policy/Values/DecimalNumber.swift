/// A number exactly as decimal text says it, of any length: no digit is lost and nothing is rounded.
///
/// Comparing costs at most one look at each digit, however large the exponents are.
package struct DecimalNumber: Hashable, Sendable {
  /// The longest exponent that is read, in digits.
  private static let exponentDigitCount = 17

  package let isNegative: Bool
  /// From 0 to 9 each, without zeros at either end; none for zero.
  package let digits: [UInt8]
  /// The number is 0.DIGITS × 10^magnitude.
  package let magnitude: Int

  package var isZero: Bool { digits.isEmpty }

  package static let zero = DecimalNumber(isNegative: false, digits: [], magnitude: 0)

  private init(isNegative: Bool, digits: [UInt8], magnitude: Int) {
    self.isNegative = isNegative
    self.digits = digits
    self.magnitude = magnitude
  }

  package init(_ integer: Int) { self.init(String(integer))! }

  /// The number that `text` writes as JSON does, or nil if it is no number or its exponent has more than 17 digits.
  package init?(_ text: String) {
    var rest = text.utf8[...]
    let isNegative = rest.take("-")
    let whole = rest.takeDigits()
    guard !whole.isEmpty, whole.count == 1 || whole.first != UInt8(ascii: "0") else { return nil }
    var fraction: Substring.UTF8View = ""[...].utf8
    if rest.take(".") {
      fraction = rest.takeDigits()
      guard !fraction.isEmpty else { return nil }
    }
    var isExponentNegative = false
    var exponentDigits: Substring.UTF8View = "0"[...].utf8
    if rest.take("e") || rest.take("E") {
      isExponentNegative = rest.take("-")
      if !isExponentNegative { _ = rest.take("+") }
      exponentDigits = rest.takeDigits()
      guard !exponentDigits.isEmpty else { return nil }
    }
    guard rest.isEmpty else { return nil }

    var digits = (Array(whole) + Array(fraction)).map { $0 - UInt8(ascii: "0") }[...]
    var magnitude = whole.count
    let leading = digits.prefix { $0 == 0 }.count
    digits = digits.dropFirst(leading)
    magnitude -= leading
    while digits.last == 0 { digits.removeLast() }
    guard !digits.isEmpty else {
      self = .zero
      return
    }
    exponentDigits = exponentDigits.drop { $0 == UInt8(ascii: "0") }
    guard exponentDigits.count <= Self.exponentDigitCount else { return nil }
    let exponent = Int(String(Substring(exponentDigits))) ?? 0
    magnitude += isExponentNegative ? -exponent : exponent
    self.init(isNegative: isNegative, digits: Array(digits), magnitude: magnitude)
  }

  /// Whether the number survives programs that read JSON's numbers as binary fractions: it is the one that is written
  /// with the fewest digits for its nearest IEEE 754 double.
  package var isInterchangeable: Bool {
    guard let double = Double(description), double.isFinite else { return false }
    return DecimalNumber(Self.jsonText(double)) == self
  }

  /// Swift writes `1e+20` and `5.0`; both are JSON.
  private static func jsonText(_ double: Double) -> String { "\(double)" }
}

extension DecimalNumber: Comparable {
  package static func < (left: DecimalNumber, right: DecimalNumber) -> Bool {
    if left.isNegative != right.isNegative { return left.isNegative }
    return left.isNegative ? right.isSmaller(than: left) : left.isSmaller(than: right)
  }

  /// Regardless of the signs.
  private func isSmaller(than other: DecimalNumber) -> Bool {
    if isZero || other.isZero { return isZero && !other.isZero }
    if magnitude != other.magnitude { return magnitude < other.magnitude }
    return digits.lexicographicallyPrecedes(other.digits)
  }
}

extension DecimalNumber: CustomStringConvertible {
  /// The number as JSON, in one way for all texts that mean the same.
  package var description: String {
    guard !isZero else { return "0" }
    let sign = isNegative ? "-" : ""
    let text = String(decoding: digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
    if magnitude > 21 || magnitude < -5 {
      let fraction = digits.count > 1 ? "." + text.dropFirst() : ""
      return "\(sign)\(text.prefix(1))\(fraction)e\(magnitude > 0 ? "+" : "")\(magnitude - 1)"
    }
    if magnitude <= 0 { return sign + "0." + String(repeating: "0", count: -magnitude) + text }
    if magnitude < digits.count {
      return sign + text.prefix(magnitude) + "." + text.dropFirst(magnitude)
    }
    return sign + text + String(repeating: "0", count: magnitude - digits.count)
  }
}

extension Substring.UTF8View {
  fileprivate mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard first == UInt8(ascii: character) else { return false }
    self = dropFirst()
    return true
  }

  fileprivate mutating func takeDigits() -> Substring.UTF8View {
    let digits = prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    self = self[digits.endIndex...]
    return digits
  }
}
