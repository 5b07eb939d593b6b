internal import IntaglioFormat
internal import IntaglioState

/// Changes of a state that are made together or not at all, while they are gathered.
///
/// Reading sees the state as it was when the transaction began, with the changes made so far.
public struct StateTransaction {
  /// The state when the transaction began.
  public let before: StateView
  var changes: [StateKey: [UInt8]?] = [:]
  private(set) var byteCount = 0

  init(before: StateView) { self.before = before }

  /// The components of what was set or removed so far.
  package var changedComponents: Set<String> { Set(changes.keys.map(\.component)) }

  /// The value of `key` in `component`, or nil if there is none.
  public func value(_ component: String, _ key: [UInt8]) throws(LogError) -> [UInt8]? {
    if let changed = changes[try StateKey(checking: component, key)] { return changed }
    return try before.value(component, key)
  }

  /// The value of the key that is `key` in UTF-8; as `value(_:_:)` for bytes.
  public func value(_ component: String, _ key: String) throws(LogError) -> [UInt8]? {
    try value(component, Array(key.utf8))
  }

  /// Sets the value of `key` in `component`.
  ///
  /// - Parameters:
  ///   - value: 0 bytes to `Limits.stateValueByteCount`.
  ///   - component: 1 to 64 printable ASCII characters.
  ///   - key: 1 to 1,024 bytes.
  /// - Throws: `invalid` or `tooLarge`; the transaction is then as before, and goes on if the error is caught.
  public mutating func set(
    _ value: [UInt8], _ component: String, _ key: [UInt8]
  ) throws(LogError) {
    let key = try StateKey(checking: component, key)
    guard value.count <= Limits.stateValueByteCount else {
      throw LogError(
        .tooLarge,
        "a value of \(value.count) bytes is over the limit of \(Limits.stateValueByteCount): store it elsewhere and set its digest"
      )
    }
    try change(key, to: value)
  }

  /// Sets the value of the key that is `key` in UTF-8; as `set(_:_:_:)` for bytes.
  public mutating func set(
    _ value: [UInt8], _ component: String, _ key: String
  ) throws(LogError) {
    try set(value, component, Array(key.utf8))
  }

  /// Removes `key` of `component`; no error if it is not there.
  public mutating func remove(_ component: String, _ key: [UInt8]) throws(LogError) {
    try change(StateKey(checking: component, key), to: nil)
  }

  /// Removes the key that is `key` in UTF-8; as `remove(_:_:)` for bytes.
  public mutating func remove(_ component: String, _ key: String) throws(LogError) {
    try remove(component, Array(key.utf8))
  }

  private mutating func change(_ key: StateKey, to value: [UInt8]?) throws(LogError) {
    let known = changes[key]
    guard known != nil || changes.count < Limits.transactionChangeCount else {
      throw LogError(
        .tooLarge,
        "a transaction changes at most \(Limits.transactionChangeCount) keys: divide it")
    }
    let added = (value?.count ?? 0) - (known.flatMap { $0?.count } ?? 0)
    guard byteCount + added <= Self.byteLimit else {
      throw LogError(
        .tooLarge, "a transaction sets at most \(Self.byteLimit) bytes of values: divide it")
    }
    byteCount += added
    changes.updateValue(value, forKey: key)
  }

  // A batch has 256 MiB, of which frames and keys take their part.
  private static let byteLimit = 192 << 20
}
