public import IntaglioFormat

/// The name of a value in a state: a component, such as `memory`, and a key within it.
///
/// Keys are in the order of their components' bytes, then of their own bytes, both unsigned.
public struct StateKey: Hashable, Sendable {
  // The component's byte count in one byte, the component, the key: as it is hashed for boundaries.
  let bytes: [UInt8]

  /// The key `key` of `component`, or nil if one of them is not allowed.
  ///
  /// - Parameters:
  ///   - component: 1 to 64 printable ASCII characters, 21 to 7E, so that no two look alike.
  ///   - key: 1 to 1,024 bytes of any kind.
  public init?(component: String, key: [UInt8]) {
    guard Self.isValidComponent(component), Limits.stateKeyByteCounts.contains(key.count)
    else { return nil }
    self.init(uncheckedComponent: Array(component.utf8), key: key)
  }

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// The key of the component and key in these bytes, or nil if one of them is not allowed.
  init?(componentBytes: RawSpan, keyBytes: RawSpan) {
    guard let component = String(validating: componentBytes.array, as: UTF8.self) else {
      return nil
    }
    self.init(component: component, key: keyBytes.array)
  }

  /// A key that need not be valid, as a bound between others.
  init(uncheckedComponent component: [UInt8], key: [UInt8]) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(1 + component.count + key.count)
    bytes.append(UInt8(component.count))
    bytes.append(contentsOf: component)
    bytes.append(contentsOf: key)
    self.bytes = bytes
  }

  /// The component.
  public var component: String { String(decoding: bytes[1..<keyOffset], as: UTF8.self) }

  /// The key within the component.
  public var key: [UInt8] { Array(bytes[keyOffset...]) }

  /// Whether this is a key of `component` that begins with `prefix`.
  package func isIn(_ component: String, _ prefix: [UInt8]) -> Bool {
    bytes[1..<keyOffset].elementsEqual(component.utf8) && hasPrefix(prefix)
  }

  /// Whether the key within its component begins with `prefix`.
  package func hasPrefix(_ prefix: [UInt8]) -> Bool { bytes[keyOffset...].starts(with: prefix) }

  var componentByteCount: Int { Int(bytes[0]) }
  var keyByteCount: Int { bytes.count - keyOffset }
  private var keyOffset: Int { 1 + componentByteCount }

  /// Before all keys of `component`, and after all of those before it.
  static func lowerBound(of component: String) -> StateKey {
    StateKey(uncheckedComponent: Array(component.utf8), key: [])
  }

  /// After all keys of `component`, and before all of those after it.
  ///
  /// No component has a zero byte, so what begins with this one is behind it followed by zero.
  static func upperBound(of component: String) -> StateKey {
    StateKey(uncheckedComponent: Array(component.utf8) + [0], key: [])
  }

  static func isValidComponent(_ component: String) -> Bool {
    (1...Limits.stateComponentByteCount).contains(component.utf8.count)
      && component.utf8.allSatisfy { (0x21...0x7E).contains($0) }
  }
}

extension StateKey: Comparable {
  /// Whether `lhs` comes first: by the components' bytes, then by the keys'.
  public static func < (lhs: StateKey, rhs: StateKey) -> Bool {
    order(
      lhs.bytes.rawSpan.extracting(1...), lhs.componentByteCount,
      rhs.bytes.rawSpan.extracting(1...), rhs.componentByteCount) < 0
  }

  /// Below, at or above zero as the key `lhs` comes before, is, or comes after `rhs`.
  ///
  /// - Parameters: component and key joined, each with the component's byte count.
  static func order(
    _ lhs: RawSpan, _ lhsComponent: Int, _ rhs: RawSpan, _ rhsComponent: Int
  ) -> Int {
    let components = lexicographicOrder(
      lhs.extracting(0..<lhsComponent), rhs.extracting(0..<rhsComponent))
    if components != 0 { return components }
    return lexicographicOrder(
      lhs.extracting(lhsComponent...), rhs.extracting(rhsComponent...))
  }
}

extension StateKey: CustomStringConvertible {
  /// The component and the key in hexadecimal digits, as `memory/6b6579`.
  public var description: String { "\(component)/\(key.hex)" }
}

extension Limits {
  /// The longest name of a component of a state: printable ASCII, in characters.
  public static let stateComponentByteCount = 64
  /// The longest key of a value in a state.
  public static let stateKeyByteCount = 1024
  /// The largest value in a state: 16 MiB.
  public static let stateValueByteCount = 16 << 20

  static let stateKeyByteCounts = 1...stateKeyByteCount
}

/// Below, at or above zero as the bytes of `lhs`, unsigned, come before, are, or come after those of `rhs`.
private func lexicographicOrder(_ lhs: RawSpan, _ rhs: RawSpan) -> Int {
  let common = min(lhs.byteCount, rhs.byteCount)
  var offset = 0
  while offset + 8 <= common {
    let left = lhs.integer(at: offset, as: UInt64.self)
    let right = rhs.integer(at: offset, as: UInt64.self)
    if left != right { return left.byteSwapped < right.byteSwapped ? -1 : 1 }
    offset += 8
  }
  while offset < common {
    let left = lhs.integer(at: offset, as: UInt8.self)
    let right = rhs.integer(at: offset, as: UInt8.self)
    if left != right { return left < right ? -1 : 1 }
    offset += 1
  }
  return lhs.byteCount - rhs.byteCount
}
