internal import IntaglioFormat
internal import IntaglioState

/// Reads the records of one state space: nodes, values, changes and checkpoints.
///
/// A record counts only if it is of the expected kind and stands in the space's stream: no record of another space, or of a
/// user, can pass for one.
struct StateRecords: Sendable {
  let snapshot: Snapshot
  let space: SpaceIdentity

  init(_ snapshot: Snapshot, _ space: SpaceIdentity) {
    self.snapshot = snapshot
    self.space = space
  }

  /// The record at `sequence`, if it is one of the space and of `kind`.
  func record(at sequence: SequenceNumber, _ kind: RecordKind) throws(LogError) -> Record {
    let record = try snapshot.record(at: sequence)
    guard record.kind == kind, record.stream == space.stream.number else {
      throw damaged("record \(sequence) should be \(kind) of this space, and is \(record.kind)")
    }
    return record
  }

  func damaged(_ what: String) -> LogError {
    LogError(
      .damaged, "state space \(space.name): \(what); run `intaglio verify`",
      verdict: .corrupt)
  }

  /// What the record of a transaction changed.
  func changes(_ record: Record) throws(LogError) -> [StateChange] {
    guard let changes = StateChanges(decoding: record.payload, at: record.sequence) else {
      throw damaged("record \(record.sequence) is not what \(record.kind) carries")
    }
    return changes.changes
  }

  /// The bytes of the value of `entry`.
  ///
  /// - Throws: `erased` if it was lawfully erased.
  func value(of entry: StateEntry) throws(LogError) -> [UInt8] {
    let record = try record(at: entry.sequence, .stateValue)
    guard !record.isErased else {
      throw LogError(
        .erased,
        "the value of \(entry.key.component)/\(entry.key.messageText), record \(entry.sequence), was erased"
      )
    }
    guard record.payloadByteCount == entry.valueByteCount else {
      throw damaged("record \(entry.sequence) does not hold the value that the state names")
    }
    return record.payloadBytes
  }

  func checkpoint(at sequence: SequenceNumber) throws(LogError) -> Checkpoint {
    try checkpoint(record(at: sequence, .stateCheckpoint))
  }

  func checkpoint(_ record: Record) throws(LogError) -> Checkpoint {
    guard
      case .checkpoint(let payload)? = StatePayload(kind: record.kind, decoding: record.payload),
      payload.version < record.sequence
    else { throw damaged("record \(record.sequence) is not what \(record.kind) carries") }
    var root = StateRoot.empty
    if let node = payload.node {
      guard let sequence = node.resolved(from: record.sequence) else {
        throw damaged("checkpoint \(record.sequence) names a node that is not before it")
      }
      root = StateRoot(id: payload.root, sequence: sequence)
    }
    guard root.id == payload.root else {
      throw damaged("checkpoint \(record.sequence) has no node and is not empty")
    }
    return Checkpoint(payload, root: root, record: record, space: space)
  }

  /// The state that a rollback made current.
  func state(after record: Record) throws(LogError) -> CurrentState {
    guard case .rollback(let payload)? = StatePayload(kind: record.kind, decoding: record.payload)
    else { throw damaged("record \(record.sequence) is not what \(record.kind) carries") }
    let checkpoint = try checkpoint(at: payload.checkpoint)
    guard checkpoint.root == payload.root else {
      throw damaged(
        "rollback \(record.sequence) names another root than its checkpoint \(payload.checkpoint)")
    }
    guard let previous = payload.previous.resolved(from: record.sequence) else {
      throw damaged("rollback \(record.sequence) names a checkpoint that is not before it")
    }
    var state = checkpoint.state
    state.version = record.sequence
    state.checkpoint = previous
    return state
  }
}

extension StateRecords: NodeStore {
  func withNode<R>(
    at sequence: SequenceNumber, _ body: (RawSpan) throws(StateError) -> R
  ) throws(StateError) -> R {
    let record: Record
    do throws(LogError) { record = try self.record(at: sequence, .stateNode) } catch {
      throw .store(error)
    }
    return try body(record.payload)
  }
}

extension LogError {
  /// What went wrong while a state's tree was read.
  init(_ error: StateError) {
    if case .store(let cause) = error, let cause = cause as? LogError {
      self = cause
    } else {
      self.init(.damaged, "\(error); run `intaglio verify`", verdict: .corrupt)
    }
  }
}

/// Runs `body` and turns what is wrong with a tree into the engine's error.
func readingState<T>(_ body: () throws(StateError) -> T) throws(LogError) -> T {
  do throws(StateError) { return try body() } catch { throw LogError(error) }
}
