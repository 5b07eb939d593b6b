/// The payloads of records about a state that are JSON: what a space, a checkpoint and a rollback say.
///
/// FileFormat, "State".
package enum StatePayload: Hashable, Sendable {
  /// The stream is a state space; the salt goes into its value ids and node boundaries.
  case space(salt: [UInt8])
  case checkpoint(Checkpoint)
  case rollback(Rollback)

  /// A named root.
  package struct Checkpoint: Hashable, Sendable {
    package var label: String
    /// Made by the engine and not by its user.
    package var isAutomatic: Bool
    package var root: Digest
    /// Where the root's node lies; nil if the state is empty.
    package var node: Place?
    /// Entries by component; components without entries are left out.
    package var counts: [Component]
    /// How many node records stand right before this record, and belong to it.
    package var nodeCount: Int
    /// The checkpoint of the space before this one.
    package var previous: SequenceNumber?
    /// The last record that changed the state: its version.
    package var version: SequenceNumber

    package init(
      label: String, isAutomatic: Bool, root: Digest, node: Place?, counts: [Component],
      nodeCount: Int, previous: SequenceNumber?, version: SequenceNumber
    ) {
      self.label = label
      self.isAutomatic = isAutomatic
      self.root = root
      self.node = node
      self.counts = counts
      self.nodeCount = nodeCount
      self.previous = previous
      self.version = version
    }

    package var count: UInt64 { counts.reduce(0) { $0 + $1.count } }
  }

  /// How many entries a component has.
  package struct Component: Hashable, Sendable {
    package var name: String
    package var count: UInt64

    package init(name: String, count: UInt64) {
      self.name = name
      self.count = count
    }
  }

  /// The record that holds a node.
  package enum Place: Hashable, Sendable {
    case sequence(SequenceNumber)
    /// Counted back from the record that says so; at least 1.
    case distance(UInt64)

    /// The sequence number, for what the record `sequence` says; nil if that would be before the first.
    package func resolved(from sequence: SequenceNumber) -> SequenceNumber? {
      switch self {
      case .sequence(let place): place < sequence ? place : nil
      case .distance(let distance):
        distance >= 1 && distance <= sequence.rawValue
          ? SequenceNumber(sequence.rawValue - distance) : nil
      }
    }
  }

  /// The return to a checkpoint.
  package struct Rollback: Hashable, Sendable {
    package var checkpoint: SequenceNumber
    package var root: Digest
    package var reason: String
    package var by: String
    /// The newest checkpoint of the space.
    package var previous: Place

    package init(
      checkpoint: SequenceNumber, root: Digest, reason: String, by: String, previous: Place
    ) {
      self.checkpoint = checkpoint
      self.root = root
      self.reason = reason
      self.by = by
      self.previous = previous
    }
  }

  package var kind: RecordKind {
    switch self {
    case .space: .stateSpace
    case .checkpoint: .stateCheckpoint
    case .rollback: .stateRollback
    }
  }

  package var encoded: [UInt8] { json.canonical }

  private var json: JSON {
    switch self {
    case .space(let salt): .object([.init("salt", .string(salt.hex))])
    case .checkpoint(let checkpoint):
      .object([
        .init("automatic", .bool(checkpoint.isAutomatic)),
        .init(
          "counts",
          .object(checkpoint.counts.map { JSON.Member($0.name, .integer($0.count)) })),
        .init("label", .string(checkpoint.label)),
        .init("node", checkpoint.node?.json ?? .null),
        .init("nodes", .integer(checkpoint.nodeCount)),
        .init("previous", checkpoint.previous.map { .integer($0.rawValue) } ?? .null),
        .init("root", .string(checkpoint.root.hex)),
        .init("sequence", .integer(checkpoint.version.rawValue)),
      ])
    case .rollback(let rollback):
      .object([
        .init("by", .string(rollback.by)),
        .init("checkpoint", .integer(rollback.checkpoint.rawValue)),
        .init("previous", rollback.previous.json),
        .init("reason", .string(rollback.reason)), .init("root", .string(rollback.root.hex)),
      ])
    }
  }
}

extension StatePayload {
  /// The payload of a record of `kind`, or nil if it is not what such a record carries, in its one canonical form.
  package init?(kind: RecordKind, decoding bytes: RawSpan) {
    guard let json = try? JSON.parse(bytes), let payload = Self.read(kind, json) else {
      return nil
    }
    self = payload
    guard bytes.elementsEqual(encoded.rawSpan) else { return nil }
  }

  private static func read(_ kind: RecordKind, _ json: JSON) -> StatePayload? {
    switch kind {
    case .stateSpace:
      guard let salt = json["salt"]?.string.flatMap({ [UInt8](hex: $0) }),
        salt.count == Limits.saltByteCount
      else { return nil }
      return .space(salt: salt)
    case .stateCheckpoint: return Checkpoint(json).map(StatePayload.checkpoint)
    case .stateRollback:
      guard let sequence = json["checkpoint"]?.integer,
        let root = json["root"]?.string.flatMap({ Digest(hex: $0) }),
        let reason = json["reason"]?.string, let by = json["by"]?.string,
        let previous = json["previous"].flatMap({ Place($0) })
      else { return nil }
      return .rollback(
        Rollback(
          checkpoint: SequenceNumber(sequence), root: root, reason: reason, by: by,
          previous: previous))
    default: return nil
    }
  }
}

extension StatePayload.Checkpoint {
  fileprivate init?(_ json: JSON) {
    guard case .bool(let isAutomatic)? = json["automatic"],
      case .object(let members)? = json["counts"], let label = json["label"]?.string,
      let nodeCount = json["nodes"]?.integer.flatMap({ Int(exactly: $0) }),
      let root = json["root"]?.string.flatMap({ Digest(hex: $0) }), let node = json["node"],
      let previous = json["previous"], let version = json["sequence"]?.integer,
      members.count <= Limits.componentCount
    else { return nil }
    self.init(
      label: label, isAutomatic: isAutomatic, root: root, node: nil, counts: [],
      nodeCount: nodeCount, previous: nil, version: SequenceNumber(version))
    for member in members {
      guard let count = member.value.integer, count > 0 else { return nil }
      counts.append(.init(name: member.name, count: count))
    }
    if node != .null {
      guard let place = StatePayload.Place(node) else { return nil }
      self.node = place
    }
    if previous != .null {
      guard let sequence = previous.integer else { return nil }
      self.previous = SequenceNumber(sequence)
    }
  }
}

extension StatePayload.Place {
  fileprivate var json: JSON {
    switch self {
    case .sequence(let sequence): .object([.init("sequence", .integer(sequence.rawValue))])
    case .distance(let distance): .object([.init("distance", .integer(distance))])
    }
  }

  fileprivate init?(_ json: JSON) {
    if let sequence = json["sequence"]?.integer {
      self = .sequence(SequenceNumber(sequence))
    } else if let distance = json["distance"]?.integer {
      self = .distance(distance)
    } else {
      return nil
    }
  }
}
