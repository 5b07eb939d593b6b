/// The identity of a log: 16 random bytes, chosen when it is created.
public struct LogID: Hashable, Sendable {
  /// The 16 bytes.
  public let bytes: [UInt8]
  /// What every frame carries of the id: the first 8 bytes of a digest of it, as they lie in memory.
  package let context: UInt64
  /// The chain value before record 0.
  package let genesis: Digest

  /// The id made of `bytes`, or nil if these are not 16.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 16 else { return nil }
    self.bytes = bytes
    context = LogID.derive("intaglio/v1 log\n", bytes).words[0]
    genesis = LogID.derive("intaglio/v1 chain\n", bytes)
  }

  private static func derive(_ tag: StaticString, _ id: [UInt8]) -> Digest {
    var message = ByteBuilder()
    message.append(tag)
    message.append(id)
    return SHA256.hash(message.bytes)
  }

  /// Whether both are the same log.
  public static func == (lhs: LogID, rhs: LogID) -> Bool { lhs.bytes == rhs.bytes }
  /// Feeds the id into `hasher`.
  public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

extension LogID: CustomStringConvertible {
  /// The id as 32 lower-case hexadecimal digits.
  public var description: String { bytes.hex }
}
