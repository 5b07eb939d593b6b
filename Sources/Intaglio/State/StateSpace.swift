public import IntaglioFormat
internal import IntaglioState
internal import IntaglioStorage

/// A named state in a log: a map from (component, key) to value that can be checkpointed and taken back.
///
/// Every change is a record of the log before it can be read; a checkpoint costs what was changed since the last one, and a
/// rollback one record, whatever the size of the state. One log has as many spaces as are asked for, one for each agent's
/// session, say.
///
/// ```swift
/// let receipt = try log.transaction { state in
///   try state.set(Array("Berlin".utf8), "memory", "city")
/// }
/// try receipt.wait()
/// let safe = try log.checkpoint(label: "before the booking")
/// try log.rollback(to: safe, reason: "wrong city", by: "ops")
/// ```
///
/// All methods may be called from any thread. Changes of one space wait for each other; readers wait for nobody.
public struct StateSpace: Sendable {
  let engine: Engine
  let core: SpaceCore

  /// The name.
  public var name: String { core.space.name }
  /// The stream that holds the space's records.
  public var stream: LogStream { core.space.stream }

  /// The state as it is now.
  ///
  /// It has every change whose transaction has returned, also of those that are not synced yet.
  public var current: StateView {
    let state = core.current.withLock { $0 }
    return StateView(records: records(covering: state.recordCount), state: state)
  }

  /// The version of the current state: the last record that changed it, or the one that made the space.
  public var version: SequenceNumber { core.current.withLock { $0.version } }

  /// The value of `key` in `component` in the current state, or nil if there is none.
  public func value(_ component: String, _ key: [UInt8]) throws(LogError) -> [UInt8]? {
    try current.value(component, key)
  }

  /// The value of the key that is `key` in UTF-8; as `value(_:_:)` for bytes.
  public func value(_ component: String, _ key: String) throws(LogError) -> [UInt8]? {
    try current.value(component, key)
  }

  /// The checkpoints of the space, from the newest back.
  public var checkpoints: CheckpointSequence {
    let state = core.current.withLock { $0 }
    return CheckpointSequence(
      records: records(covering: state.recordCount), newest: state.checkpoint)
  }

  /// The checkpoint in the record `sequence`.
  ///
  /// - Throws: `notFound` if that is not a checkpoint of this space.
  public func checkpoint(at sequence: SequenceNumber) throws(LogError) -> Checkpoint {
    // Written perhaps not yet, where the log acknowledges before that.
    let count = core.current.withLock { $0.recordCount }
    return try records(covering: count).findCheckpoint(at: sequence)
  }

  /// The state of a checkpoint; reading it costs what it touches, however old it is.
  ///
  /// - Throws: `notFound` if `checkpoint` is not of this space.
  public func state(at checkpoint: Checkpoint) throws(LogError) -> StateView {
    let records = records(covering: 0)
    return StateView(records: records, state: try records.find(checkpoint).state)
  }

  /// The records of the space up to now, among them the first `count` of the log.
  func records(covering count: UInt64) -> StateRecords {
    StateRecords(engine.snapshot(covering: count), core.space)
  }
}

extension StateRecords {
  /// The checkpoint as this log has it.
  func find(_ checkpoint: Checkpoint) throws(LogError) -> Checkpoint {
    guard checkpoint.log == space.log, checkpoint.space == space.name else {
      throw LogError(
        .notFound,
        "checkpoint \(checkpoint.sequence) is of another log or of the space \(checkpoint.space), not of \(space.name); nothing was changed"
      )
    }
    return try findCheckpoint(at: checkpoint.sequence)
  }

  /// The checkpoint in the record `sequence`, as a user names it.
  func findCheckpoint(at sequence: SequenceNumber) throws(LogError) -> Checkpoint {
    guard sequence.rawValue < snapshot.count,
      case let record = try snapshot.record(at: sequence), record.kind == .stateCheckpoint,
      record.stream == space.stream.number
    else {
      throw LogError(
        .notFound,
        "record \(sequence) is not a checkpoint of the state space \(space.name): `intaglio checkpoints` lists those that it has"
      )
    }
    return try checkpoint(record)
  }
}

extension Engine {
  /// A snapshot that has at least the first `count` records; writes out what is ordered and not yet written.
  func snapshot(covering count: UInt64) -> Snapshot {
    let now = snapshot
    guard now.count < count else { return now }
    // If it fails the log has failed: reading a record that is not there says so.
    try? wait(untilWritten: count)
    return snapshot
  }

  /// The state space `name`; makes it if the log has none.
  func stateSpace(named name: String) throws(LogError) -> StateSpace {
    try checkFork()
    let streamName = try SpaceIdentity.streamName(name)
    // By bytes: strings that Unicode calls equivalent are two names.
    let key = Array(name.utf8)
    if let known = spaces.withLock({ $0[key] }) { return StateSpace(engine: self, core: known) }
    // The lock is kept while the space is read or made: two threads must not make one twice.
    let core = try spaces.withLock { spaces throws(LogError) in
      if let known = spaces[key] { return known }
      let core = try makeSpace(streamName)
      spaces[key] = core
      return core
    }
    return StateSpace(engine: self, core: core)
  }

  private func makeSpace(_ streamName: String) throws(LogError) -> SpaceCore {
    let isNew = try snapshot.stream(named: streamName) == nil
    let stream = try declaredStream(named: streamName)
    if !isNew, snapshot.hasStateRecords(stream) {
      let (space, state) = try CurrentState.read(snapshot, stream: stream)
      return SpaceCore(space, state)
    }
    var generator = SystemRandomNumberGenerator()
    let salt = (0..<Limits.saltByteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let receipt = try append(
      StatePayload.space(salt: salt).encoded.rawSpan, to: stream.number, kind: .stateSpace)
    return SpaceCore(
      SpaceIdentity(log: manifest.logID, stream: stream, salt: StateSalt(bytes: salt)!),
      CurrentState(version: receipt.sequence, recordCount: receipt.sequence.rawValue + 1))
  }
}

extension Snapshot {
  /// Whether a record of `stream` says that it is a state space; an interrupted making may have left only the declaration.
  func hasStateRecords(_ stream: LogStream) -> Bool {
    records(of: stream.number).contains { result in
      if case .success(let record) = result { record.kind == .stateSpace } else { true }
    }
  }
}
