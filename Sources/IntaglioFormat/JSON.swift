/// A JSON value (RFC 8259), read strictly: what two readers could understand differently is an error.
///
/// Numbers keep the text they were written with, so that no digit is lost before ``canonical`` is asked for.
package enum JSON: Hashable, Sendable {
  case null
  case bool(Bool)
  /// As RFC 8259 writes numbers, and finite as a double.
  case number(String)
  case string(String)
  case array([JSON])
  /// No name is there twice.
  case object([Member])

  package struct Member: Hashable, Sendable {
    package var name: String
    package var value: JSON

    package init(_ name: String, _ value: JSON) {
      self.name = name
      self.value = value
    }
  }

  /// An integer; one above ``exactIntegerLimit`` loses digits in ``canonical``, and goes into a string instead.
  package static func integer(_ value: some BinaryInteger) -> JSON { .number(String(value)) }

  /// The largest integer that doubles tell from the next, 2^53 - 1: what canonical JSON keeps exactly (RFC 7493, section
  /// 2.2).
  package static let exactIntegerLimit: UInt64 = 1 << 53 - 1

  /// The value of the member `name`, if this is an object that has it.
  package subscript(_ name: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  package var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  package var array: [JSON]? {
    if case .array(let value) = self { value } else { nil }
  }

  /// The value as an integer, if it is one written without sign, fraction and exponent, and at most
  /// ``exactIntegerLimit``.
  package var integer: UInt64? {
    guard case .number(let text) = self, let value = UInt64(digits: text),
      value <= Self.exactIntegerLimit
    else { return nil }
    return value
  }
}

extension UInt64 {
  /// The integer that `text` writes in decimal without sign and leading zeros, or nil.
  init?(digits text: String) {
    guard let value = UInt64(text), String(value) == text else { return nil }
    self = value
  }
}
