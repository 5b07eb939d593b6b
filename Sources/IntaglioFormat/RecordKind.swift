/// What a record is, as a number of 16 bits that the chain covers.
///
/// Kinds below 256 belong to the log; users choose from 256 up. FileFormat, "Kinds", lists them.
public struct RecordKind: Hashable, Sendable {
  /// The number; never 0.
  public let rawValue: UInt16

  /// The kind numbered `rawValue`, which must not be 0.
  @inlinable public init(_ rawValue: UInt16) {
    precondition(rawValue != 0, "zero is never a valid kind")
    self.rawValue = rawValue
  }

  /// Record 0: the bytes of the manifest.
  @inlinable public static var manifest: RecordKind { RecordKind(1) }
  /// An opening of the log for writing.
  @inlinable public static var opened: RecordKind { RecordKind(2) }
  /// A stream gets its number.
  @inlinable public static var streamDeclared: RecordKind { RecordKind(3) }
  /// A torn tail was cut off and quarantined.
  @inlinable public static var recovered: RecordKind { RecordKind(4) }
  /// The wall clock left the boot clock.
  @inlinable public static var clockStep: RecordKind { RecordKind(5) }
  /// Payloads were lawfully erased.
  @inlinable public static var erased: RecordKind { RecordKind(6) }
  /// A record of the user's without a more exact kind.
  @inlinable public static var event: RecordKind { RecordKind(256) }

  /// Whether the kind is one that only the log itself writes.
  @inlinable public var isReserved: Bool { rawValue < 256 }
}

extension RecordKind: CustomStringConvertible {
  /// The name that FileFormat gives the kind, or its number.
  public var description: String {
    switch self {
    case .manifest: "log.manifest"
    case .opened: "log.opened"
    case .streamDeclared: "stream.declared"
    case .recovered: "log.recovered"
    case .clockStep: "clock.step"
    case .erased: "log.erased"
    case .event: "event"
    default: String(rawValue)
    }
  }
}
