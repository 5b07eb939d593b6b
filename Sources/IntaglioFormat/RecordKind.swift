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
  /// The stream is a state space, and this is its salt.
  @inlinable public static var stateSpace: RecordKind { RecordKind(16) }
  /// The bytes of a value of a state.
  @inlinable public static var stateValue: RecordKind { RecordKind(17) }
  /// Keys of a state were set or removed.
  @inlinable public static var stateChanged: RecordKind { RecordKind(18) }
  /// A node of a state's tree.
  @inlinable public static var stateNode: RecordKind { RecordKind(19) }
  /// A state got a name and a root.
  @inlinable public static var stateCheckpoint: RecordKind { RecordKind(20) }
  /// An earlier checkpoint became the current state.
  @inlinable public static var stateRollback: RecordKind { RecordKind(21) }
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
    case .stateSpace: "state.space"
    case .stateValue: "state.value"
    case .stateChanged: "state.changed"
    case .stateNode: "state.node"
    case .stateCheckpoint: "state.checkpoint"
    case .stateRollback: "state.rollback"
    case .event: "event"
    default: String(rawValue)
    }
  }
}
