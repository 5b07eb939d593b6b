internal import IntaglioFormat
internal import IntaglioState
internal import IntaglioStorage

/// Follows the records of one state space.
///
/// After a defect it goes on with what readers would go on with, so that one lie is one finding; where that is not to be
/// known, roots are not compared until the next checkpoint that can be read.
struct SpaceCheck {
  let stream: StreamNumber
  private(set) var salt: StateSalt?
  /// The newest root that was made current; nil if it is not known.
  var base: Base? = Base(root: .empty, counts: [:])
  /// What was changed since, by key.
  private(set) var changes: [StateKey: StateChange] = [:]
  private var changesByteCount = 0
  /// The last record that changed the state.
  private(set) var version: SequenceNumber = 0
  /// The last checkpoint.
  private(set) var newest: SequenceNumber?
  /// Nodes at the end of what was taken, one right after the other.
  private(set) var nodes: NodeRun?
  /// Checkpoints that were reported, and what the log has in their place.
  private var corrections: [SequenceNumber: Base?] = [:]
  private var wrongRootCount = 0
  private var phase = Phase.unbegun

  /// A state in the log, and how many entries each component has, unless that is not known.
  struct Base {
    var root: StateRoot
    var counts: [String: UInt64]?
  }

  struct NodeRun {
    let first: StatePlace
    var count = 1
    /// All but the last record of a batch.
    var isInBatch: Bool

    var sequences: Range<UInt64> {
      first.sequence.rawValue..<first.sequence.rawValue + UInt64(count)
    }
  }

  private enum Phase { case unbegun, reportedUnbegun, followed, abandoned }

  /// So many roots that no history has are taken over; the next one ends the check of the space.
  ///
  /// A root that was taken over may be of a tree that no changes make, which costs more to change.
  private static let wrongRootLimit = 16

  init(_ stream: StreamNumber) { self.stream = stream }

  var hasSalt: Bool { salt != nil }

  mutating func take(_ place: StatePlace, _ pass: inout StatePass) throws(StorageError) {
    guard phase != .abandoned else { return }
    if place.kind == .stateSpace { return try takeSpace(place, &pass) }
    guard salt != nil else {
      if phase == .unbegun {
        pass.report(place, "\(place.kind) where state.space has to come first")
        phase = .reportedUnbegun
      }
      return
    }
    if place.kind == .stateNode { return takeNode(place, &pass) }
    if place.kind != .stateCheckpoint { reportStrayNodes(&pass) }
    switch place.kind {
    case .stateChanged: try takeChanges(place, &pass)
    case .stateCheckpoint: try takeCheckpoint(place, &pass)
    case .stateRollback: try takeRollback(place, &pass)
    default: break
    }
  }

  mutating func finish(_ pass: inout StatePass) {
    if phase != .abandoned { reportStrayNodes(&pass) }
  }

  // MARK: The space and its nodes

  private mutating func takeSpace(
    _ place: StatePlace, _ pass: inout StatePass
  ) throws(StorageError) {
    reportStrayNodes(&pass)
    guard salt == nil else {
      return pass.report(place, "state.space stands in its stream a second time")
    }
    let record = try pass.records.read(place)
    guard case .space(let bytes)? = StatePayload(kind: place.kind, decoding: record.payload),
      let salt = StateSalt(bytes: bytes)
    else {
      pass.report(place, Self.formText(place, record))
      phase = .abandoned
      return
    }
    self.salt = salt
    version = place.sequence
    phase = .followed
  }

  private mutating func takeNode(_ place: StatePlace, _ pass: inout StatePass) {
    if let run = nodes, run.sequences.upperBound == place.sequence.rawValue {
      nodes!.count += 1
    } else {
      reportStrayNodes(&pass)
      nodes = NodeRun(first: place, isInBatch: true)
    }
    if place.note.isCommit { nodes!.isInBatch = false }
  }

  private mutating func reportStrayNodes(_ pass: inout StatePass) {
    if let nodes {
      pass.report(
        nodes.first, "no checkpoint stands right behind this node and those that follow it")
    }
    nodes = nil
  }

  // MARK: Changes

  private mutating func takeChanges(
    _ place: StatePlace, _ pass: inout StatePass
  ) throws(StorageError) {
    version = place.sequence
    let record = try pass.records.read(place)
    guard let decoded = StateChanges(decoding: record.payload, at: place.sequence) else {
      pass.report(place, Self.formText(place, record))
      return forget()
    }
    var isReported = false
    for change in decoded.changes {
      if case .set(let entry) = change, !isReported,
        let defect = try pass.values.defect(
          of: entry, salt: salt!, in: stream, before: place.sequence)
      {
        pass.report(place, defect)
        isReported = true
      }
      if base != nil { add(change) }
    }
    if changesByteCount > StateCheck.pendingByteLimit {
      pass.report(place, "more was changed since the last checkpoint than this program follows")
      forget()
    }
  }

  private mutating func add(_ change: StateChange) {
    // What a dictionary's slot and an array take, about.
    if changes.updateValue(change, forKey: change.key) == nil {
      changesByteCount += 200 + change.key.key.count
    }
  }

  /// Goes on without knowing what the state is.
  private mutating func forget() { restart(from: nil) }

  private mutating func restart(from base: Base?) {
    self.base = base
    changes = [:]
    changesByteCount = 0
  }

  // MARK: Checkpoints

  private mutating func takeCheckpoint(
    _ place: StatePlace, _ pass: inout StatePass
  ) throws(StorageError) {
    pass.checkpointCount += 1
    let record = try pass.records.read(place)
    guard let payload = Self.checkpoint(place, record) else {
      pass.report(place, Self.formText(place, record))
      corrections.updateValue(nil, forKey: place.sequence)
      (newest, nodes) = (place.sequence, nil)
      return
    }
    let outcome = try CheckpointCheck(place, payload, of: self).run(&pass)
    if let defect = outcome.defect {
      pass.report(place, defect)
      corrections.updateValue(outcome.base, forKey: place.sequence)
    }
    restart(from: outcome.base)
    (newest, nodes) = (place.sequence, nil)
    guard !outcome.isRootRight else { return }
    wrongRootCount += 1
    if wrongRootCount > Self.wrongRootLimit {
      pass.report(place, "so many checkpoints are wrong that the space is not followed any further")
      phase = .abandoned
    }
  }

  /// What the record says, if it is in its form.
  private static func checkpoint(
    _ place: StatePlace, _ record: StateRecord
  ) -> StatePayload.Checkpoint? {
    guard
      case .checkpoint(let payload)? = StatePayload(kind: place.kind, decoding: record.payload),
      payload.label.utf8.count <= Limits.labelByteCount,
      payload.counts.allSatisfy({ StateKey(component: $0.name, key: [0]) != nil })
    else { return nil }
    return payload
  }

  // MARK: Rollbacks

  private mutating func takeRollback(
    _ place: StatePlace, _ pass: inout StatePass
  ) throws(StorageError) {
    version = place.sequence
    let hadChanges = !changes.isEmpty
    forget()
    let record = try pass.records.read(place)
    guard
      case .rollback(let payload)? = StatePayload(kind: place.kind, decoding: record.payload),
      payload.reason.utf8.count <= Limits.reasonByteCount,
      payload.by.utf8.count <= Limits.labelByteCount
    else { return pass.report(place, Self.formText(place, record)) }
    guard
      let target = pass.records.place(
        payload.checkpoint, .stateCheckpoint, in: stream, before: place.sequence)
    else {
      return pass.report(
        place, "record \(payload.checkpoint) should be a checkpoint of this space before it")
    }
    guard let checkpoint = Self.checkpoint(target, try pass.records.find(target)) else { return }
    if let correction = corrections[target.sequence] {
      base = correction
    } else {
      base = Base(
        root: StateRoot(
          id: checkpoint.root, sequence: checkpoint.node?.resolved(from: target.sequence) ?? 0),
        counts: checkpoint.countsByName)
    }
    if payload.root != checkpoint.root, payload.root != base?.root.id {
      pass.report(
        place,
        "the root is \(payload.root), that of checkpoint \(target.sequence) is \(checkpoint.root)"
      )
    } else if payload.previous.resolved(from: place.sequence) != newest {
      pass.report(place, "`previous` should be the newest checkpoint, \(Self.text(newest))")
    } else if hadChanges {
      pass.report(place, "a checkpoint with the changes before it should stand right before it")
    }
  }

  // MARK: Texts

  private static func formText(_ place: StatePlace, _ record: StateRecord) -> String {
    record.isErased
      ? "the content of \(place.kind) is erased, and only that of values may be"
      : "the payload is not what \(place.kind) carries"
  }

  static func text(_ sequence: SequenceNumber?) -> String {
    sequence.map { "record \($0)" } ?? "none"
  }
}
