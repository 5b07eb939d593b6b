extension JSON {
  /// Appends the number that `text` writes in its canonical form (RFC 8785, section 3.2.2.3).
  static func append(number text: String, to output: inout [UInt8]) {
    if isShortInteger(text) {
      output.append(contentsOf: text.utf8)
      return
    }
    guard let value = Double(text), value.isFinite else {
      preconditionFailure("\(text) is no number, or beyond all doubles")
    }
    append(value, to: &output)
  }

  /// Whether `text` is an integer of at most 15 digits in the one way to write it.
  private static func isShortInteger(_ text: String) -> Bool {
    let bytes = text.utf8.span
    guard (1...16).contains(bytes.count) else { return false }
    let first = bytes[0] == UInt8(ascii: "-") ? 1 : 0
    guard bytes.count > first, bytes.count - first <= 15 else { return false }
    if bytes[first] == UInt8(ascii: "0") { return bytes.count == 1 }
    for index in first..<bytes.count {
      guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[index] else { return false }
    }
    return true
  }

  /// Appends `value` as ECMAScript's Number::toString does (ECMA-262, section 6.1.6.1.20).
  ///
  /// - Precondition: `value` is finite.
  static func append(_ value: Double, to output: inout [UInt8]) {
    if value == 0 {
      output.append(UInt8(ascii: "0"))
      return
    }
    if value < 0 { output.append(UInt8(ascii: "-")) }
    let decimal = ShortestDecimal(value.magnitude)
    let digits = Array(String(decimal.digits).utf8)
    let zero = UInt8(ascii: "0")
    let point = UInt8(ascii: ".")
    switch decimal.pointPlace {
    case digits.count...21 where digits.count <= 21:
      output.append(contentsOf: digits)
      output.append(contentsOf: repeatElement(zero, count: decimal.pointPlace - digits.count))
    case 1...21:
      output.append(contentsOf: digits[..<decimal.pointPlace])
      output.append(point)
      output.append(contentsOf: digits[decimal.pointPlace...])
    case -5...0:
      output.append(contentsOf: "0.".utf8)
      output.append(contentsOf: repeatElement(zero, count: -decimal.pointPlace))
      output.append(contentsOf: digits)
    default:
      output.append(digits[0])
      if digits.count > 1 {
        output.append(point)
        output.append(contentsOf: digits[1...])
      }
      let exponent = decimal.pointPlace - 1
      output.append(contentsOf: (exponent < 0 ? "e" : "e+").utf8)
      output.append(contentsOf: String(exponent).utf8)
    }
  }
}

/// The fewest digits that tell a positive double from all others, and of those the nearest to it.
private struct ShortestDecimal {
  /// Without zeros at the end.
  private(set) var digits: UInt64 = 0
  /// After how many of the digits the point stands; below 0, and above their count, zeros are between.
  private(set) var pointPlace = 0

  /// Takes the digits from the description, which has the right ones in another arrangement.
  init(_ value: Double) {
    var digitCount = 0
    var fractionDigitCount = 0
    var exponent = 0
    let text = value.description.utf8
    var rest = text[...]
    var isInFraction = false
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: ".") {
        isInFraction = true
      } else if byte == UInt8(ascii: "e") {
        // Swift reads what Swift wrote.
        exponent = Int(Substring(rest))!
        break
      } else {
        digits = digits * 10 + UInt64(byte - UInt8(ascii: "0"))
        if digits > 0 { digitCount += 1 }
        if isInFraction { fractionDigitCount += 1 }
      }
    }
    pointPlace = digitCount - fractionDigitCount + exponent
    while digits.isMultiple(of: 10) { digits /= 10 }
  }
}
