public import IntaglioFormat

/// 16 random bytes of a space of states.
///
/// They keep a short value from being guessed by its id, and nodes' boundaries from being foreseen by those who do not
/// know the log.
public struct StateSalt: Hashable, Sendable {
  /// The 16 bytes.
  public let bytes: [UInt8]

  /// The salt made of `bytes`, or nil if these are not 16.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  /// The id of a value: SHA-256("intaglio/v1 value\n" ‖ salt ‖ value).
  public func valueID(of value: RawSpan) -> Digest {
    SHA256.hash((Array("intaglio/v1 value\n".utf8) + bytes).rawSpan, value)
  }

  /// The id of a value: SHA-256("intaglio/v1 value\n" ‖ salt ‖ value).
  public func valueID(of value: [UInt8]) -> Digest { valueID(of: value.rawSpan) }
}
