internal import HashTreeCollections
internal import IntaglioFormat
internal import IntaglioState

/// The state of a space at a moment: the newest root that was made current, and what was changed after it.
///
/// A value: it costs the same to copy at any size, and never changes once a reader has it.
struct CurrentState: Sendable {
  /// Of the newest checkpoint or rollback.
  var root = StateRoot.empty
  /// What was changed since; nil for a key that was removed.
  var changes = TreeDictionary<StateKey, StateEntry?>()
  /// The components of the root, and those in which keys were set since.
  var components: Set<String> = []
  /// The last record that changed the state, or the one that made the space.
  var version: SequenceNumber
  /// The newest checkpoint.
  var checkpoint: SequenceNumber?
  /// The log has to have so many records for all of this to be readable.
  var recordCount: UInt64

  /// The changes in the order of their keys.
  var sortedChanges: [StateChange] { sortedChanges { _ in true } }

  /// The changes of the keys that `isWanted`, in the order of their keys.
  func sortedChanges(of isWanted: (StateKey) -> Bool) -> [StateChange] {
    changes.filter { isWanted($0.key) }.sorted { $0.key < $1.key }.map { key, entry in
      entry.map { .set($0) } ?? .remove(key)
    }
  }
}

extension CurrentState {
  /// Reads the state of the space of `stream` from its records, from the last one back to the newest checkpoint or rollback.
  ///
  /// Costs what was changed since then.
  ///
  /// - Throws: `damaged` if the records do not say what a space's records say.
  static func read(
    _ snapshot: Snapshot, stream: LogStream
  ) throws(LogError) -> (SpaceIdentity, CurrentState) {
    guard let log = snapshot.list.segments.last?.logID else {
      throw LogError(.notFound, "the log has no records, and no state space")
    }
    let space = SpaceIdentity(log: log, stream: stream, salt: try salt(snapshot, stream))
    let records = StateRecords(snapshot, space)
    var later: [Record] = []
    var state: CurrentState?
    for result in snapshot.recordsBackwards(of: stream.number) {
      let record = try result.get()
      switch record.kind {
      case .stateChanged: later.append(record)
      case .stateCheckpoint: state = try records.checkpoint(record).state
      case .stateRollback: state = try records.state(after: record)
      case .stateSpace:
        state = CurrentState(
          version: record.sequence, recordCount: record.sequence.rawValue + 1)
      default: continue
      }
      if state != nil { break }
    }
    guard var state else {
      throw records.damaged("the stream has no record that makes it a state space")
    }
    for record in later.reversed() {
      for change in try records.changes(record) { state.apply(change) }
      state.version = record.sequence
    }
    state.recordCount = snapshot.count
    return (space, state)
  }

  private static func salt(_ snapshot: Snapshot, _ stream: LogStream) throws(LogError) -> StateSalt
  {
    for result in snapshot.records(of: stream.number) {
      let record = try result.get()
      guard record.kind == .stateSpace else { continue }
      if case .space(let bytes)? = StatePayload(kind: record.kind, decoding: record.payload),
        let salt = StateSalt(bytes: bytes)
      {
        return salt
      }
      break
    }
    throw LogError(
      .damaged, "the stream \(stream.name) is not a state space; run `intaglio verify`",
      verdict: .corrupt)
  }

  mutating func apply(_ change: StateChange) {
    switch change {
    case .set(let entry):
      changes[entry.key] = .some(entry)
      components.insert(entry.key.component)
    case .remove(let key): changes.updateValue(nil, forKey: key)
    }
  }
}
