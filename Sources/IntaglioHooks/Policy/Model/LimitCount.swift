/// How much of a limit is used up: an exact decimal number, not negative, with at most nine digits after the point.
///
/// The largest is some 1.7 × 10²⁹. Written as text in records, `"120"` or `"99.95"`, never as a binary fraction.
public struct LimitCount: Hashable, Sendable {
  private static let fractionDigitCount = 9
  private static let scale: Int128 = 1_000_000_000
  /// In units of 10⁻⁹.
  private let billionths: Int128

  private init(billionths: Int128) { self.billionths = billionths }

  /// Nothing.
  public static let zero = LimitCount(0)
  /// One call.
  public static let one = LimitCount(1)

  /// A whole number, such as one of calls.
  public init(_ count: UInt32) { billionths = Int128(count) * Self.scale }

  /// The number written as `text` as JSON writes numbers, or nil if it is negative, too large or too finely divided.
  public init?(_ text: String) {
    guard let number = DecimalNumber(text) else { return nil }
    self.init(number)
  }

  package init?(_ number: DecimalNumber) {
    guard !number.isNegative else { return nil }
    // The digits stand before 10^(magnitude - count); what is below 10^-9 does not fit.
    let zeroCount = number.magnitude - number.digits.count + Self.fractionDigitCount
    guard zeroCount >= 0, number.magnitude <= 30 else { return nil }
    var value: Int128 = 0
    for digit in number.digits + [UInt8](repeating: 0, count: number.isZero ? 0 : zeroCount) {
      let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, exceeds) = product.addingReportingOverflow(Int128(digit))
      guard !tooLarge, !exceeds else { return nil }
      value = sum
    }
    billionths = value
  }

  /// The sum, or nil if it is too large.
  public func adding(_ other: LimitCount) -> LimitCount? {
    let (sum, isTooLarge) = billionths.addingReportingOverflow(other.billionths)
    return isTooLarge ? nil : LimitCount(billionths: sum)
  }

  /// What remains after taking `other` away; nothing if that is more.
  public func subtracting(_ other: LimitCount) -> LimitCount {
    LimitCount(billionths: max(0, billionths - other.billionths))
  }

  /// Whether it is a whole number.
  package var isWhole: Bool { billionths % Self.scale == 0 }
}

extension LimitCount: Comparable {
  /// Whether `left` is less than `right`.
  public static func < (left: LimitCount, right: LimitCount) -> Bool {
    left.billionths < right.billionths
  }
}

extension LimitCount: CustomStringConvertible {
  /// The number in decimal, without zeros that say nothing; `LimitCount(_:)` takes it back.
  public var description: String {
    let (whole, fraction) = billionths.quotientAndRemainder(dividingBy: Self.scale)
    guard fraction > 0 else { return String(whole) }
    var digits = String(fraction + Self.scale).dropFirst()
    while digits.last == "0" { digits.removeLast() }
    return "\(whole).\(digits)"
  }
}

extension LimitCount: Codable {
  /// Reads the text that `encode(to:)` wrote.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let count = LimitCount(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "'\(text)' is no count of a limit")
    }
    self = count
  }

  /// Writes the number as text, so that no reader rounds it.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
