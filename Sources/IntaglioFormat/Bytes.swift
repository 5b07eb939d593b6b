// Little-endian integers in borrowed bytes, and hexadecimal text.

extension RawSpan {
  /// The integer at `offset`, little-endian, at any alignment; traps outside the span.
  @inlinable package func integer<T: FixedWidthInteger & BitwiseCopyable>(
    at offset: Int, as type: T.Type = T.self
  ) -> T {
    unsafe T(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: T.self))
  }

  /// Eight bytes at `offset` as they lie in memory.
  @inlinable package func word(at offset: Int) -> UInt64 {
    unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
  }

  /// Whether every byte is zero.
  package var isZero: Bool { firstNonzeroOffset == nil }

  /// The offset of the first byte that is not zero.
  package var firstNonzeroOffset: Int? {
    var offset = 0
    while offset + 64 <= byteCount {
      var all: UInt64 = 0
      for lane in 0..<8 { all |= word(at: offset + lane * 8) }
      if all != 0 { break }
      offset += 64
    }
    while offset < byteCount {
      if integer(at: offset, as: UInt8.self) != 0 { return offset }
      offset += 1
    }
    return nil
  }

  /// The offset of the last byte that is not zero.
  package var lastNonzeroOffset: Int? {
    var end = byteCount
    while end >= 64 {
      var all: UInt64 = 0
      for lane in 0..<8 { all |= word(at: end - 64 + lane * 8) }
      if all != 0 { break }
      end -= 64
    }
    while end > 0 {
      end -= 1
      if integer(at: end, as: UInt8.self) != 0 { return end }
    }
    return nil
  }

  /// A copy of the bytes.
  package var array: [UInt8] {
    unsafe withUnsafeBytes { buffer in unsafe [UInt8](buffer) }
  }

  /// The bytes as text, if they are valid UTF-8.
  package var text: String? {
    unsafe withUnsafeBytes { buffer in
      let bytes = unsafe Span<UInt8>(_unsafeElements: buffer.assumingMemoryBound(to: UInt8.self))
      // Several times as fast for short texts as `String(validating:as:)`.
      guard let text = try? UTF8Span(validating: bytes) else { return nil }
      return String(copying: text)
    }
  }

  /// Whether both spans hold the same bytes.
  package func elementsEqual(_ other: RawSpan) -> Bool {
    byteCount == other.byteCount && commonPrefixByteCount(with: other) == byteCount
  }

  /// How many bytes at the beginning of both are the same.
  package func commonPrefixByteCount(with other: RawSpan) -> Int {
    let end = min(byteCount, other.byteCount)
    var offset = 0
    while offset + 8 <= end {
      let difference: UInt64 = integer(at: offset) ^ other.integer(at: offset)
      if difference != 0 { return offset + difference.trailingZeroBitCount / 8 }
      offset += 8
    }
    while offset < end, integer(at: offset, as: UInt8.self) == other.integer(at: offset) {
      offset += 1
    }
    return offset
  }
}

/// A run of bytes being built, little-endian, for formats that are written rarely.
package struct ByteBuilder {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func append(_ value: some FixedWidthInteger) { bytes.append(integer: value) }

  package mutating func append(_ other: [UInt8]) { bytes.append(contentsOf: other) }

  package mutating func append(_ text: StaticString) {
    bytes.append(contentsOf: String(describing: text).utf8)
  }

  package mutating func appendZeros(upTo byteCount: Int) {
    precondition(byteCount >= bytes.count, "more was written than the format has room for")
    bytes.append(contentsOf: repeatElement(0, count: byteCount - bytes.count))
  }
}

extension Array<UInt8> {
  /// The elements as bytes, borrowed.
  package var rawSpan: RawSpan {
    @_lifetime(borrow self)
    get { unsafe _overrideLifetime(span.bytes, borrowing: self) }
  }

  /// The bytes as lower-case hexadecimal digits.
  package var hex: String {
    func digit(_ value: UInt8) -> UInt8 {
      value &+ (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
    }
    return unsafe String(unsafeUninitializedCapacity: count * 2) { buffer in
      for index in indices {
        unsafe buffer[index * 2] = digit(self[index] >> 4)
        unsafe buffer[index * 2 + 1] = digit(self[index] & 15)
      }
      return count * 2
    }
  }

  /// The bytes that `hex` writes as pairs of hexadecimal digits, or nil.
  package init?(hex: String) {
    let digits = Array(hex.utf8)
    guard digits.count % 2 == 0 else { return nil }
    self = []
    reserveCapacity(digits.count / 2)
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = Self.value(ofHexDigit: digits[index]),
        let low = Self.value(ofHexDigit: digits[index + 1])
      else { return nil }
      append(high << 4 | low)
    }
  }

  private static func value(ofHexDigit digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

extension Array<UInt8> {
  /// Appends a copy of `bytes`.
  package mutating func append(bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe append(contentsOf: $0) }
  }

  /// Appends `integer`, little-endian.
  package mutating func append(integer: some FixedWidthInteger) {
    unsafe Swift.withUnsafeBytes(of: integer.littleEndian) { unsafe append(contentsOf: $0) }
  }
}
