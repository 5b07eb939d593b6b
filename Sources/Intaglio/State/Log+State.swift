public import IntaglioFormat
public import IntaglioState

extension Log {
  /// The name of the state space that is meant where none is named.
  public static let mainStateSpaceName = "main"

  /// The state space `name`, made now if it is new.
  ///
  /// - Parameter name: 1 to 249 bytes of UTF-8 without control characters.
  /// - Throws: `invalid` for another name; `damaged` if the space's records are not what they should be; as `append`.
  public func stateSpace(named name: String) throws(LogError) -> StateSpace {
    try engine.stateSpace(named: name)
  }

  /// The main state space: as `stateSpace(named:)`.
  public var state: StateSpace {
    get throws(LogError) { try stateSpace(named: Self.mainStateSpaceName) }
  }

  /// Changes many keys of the main state space at once, as `StateSpace.transaction(ifVersion:_:)`.
  @discardableResult
  public func transaction(
    ifVersion version: SequenceNumber? = nil,
    _ body: (inout StateTransaction) throws -> Void
  ) throws -> Receipt {
    try state.transaction(ifVersion: version, body)
  }

  /// Names the current state of the main state space, as `StateSpace.checkpoint(label:)`.
  @discardableResult
  public func checkpoint(label: String) throws -> Checkpoint {
    try state.checkpoint(label: label)
  }

  /// The checkpoints of the main state space, from the newest back.
  public var checkpoints: CheckpointSequence {
    get throws(LogError) { try state.checkpoints }
  }

  /// The state of a checkpoint, of whichever space.
  ///
  /// - Throws: `notFound` if the checkpoint is of another log.
  public func state(at checkpoint: Checkpoint) throws(LogError) -> StateView {
    try stateSpace(of: checkpoint).state(at: checkpoint)
  }

  /// What `new` has otherwise than `old`, both of one space; as `StateView.forEachDifference(to:_:)`, gathered.
  public func difference(_ old: Checkpoint, _ new: Checkpoint) throws -> [StateDifference] {
    var differences: [StateDifference] = []
    try state(at: old).forEachDifference(to: state(at: new)) { differences.append($0) }
    return differences
  }

  /// Makes the state of `checkpoint` current in its space, as `StateSpace.rollback(to:reason:by:ifVersion:)`.
  @discardableResult
  public func rollback(
    to checkpoint: Checkpoint, reason: String, by: String, ifVersion version: SequenceNumber? = nil
  ) throws -> Receipt {
    try stateSpace(of: checkpoint).rollback(
      to: checkpoint, reason: reason, by: by, ifVersion: version)
  }

  /// What a rollback to `checkpoint` would do, as `StateSpace.previewRollback(to:)`.
  public func previewRollback(to checkpoint: Checkpoint) throws -> RollbackPreview {
    try stateSpace(of: checkpoint).previewRollback(to: checkpoint)
  }

  /// The space of a checkpoint, which is never made for it.
  private func stateSpace(of checkpoint: Checkpoint) throws(LogError) -> StateSpace {
    guard checkpoint.log == engine.manifest.logID else {
      throw LogError(
        .notFound,
        "checkpoint \(checkpoint.sequence) is of the log \(checkpoint.log), not of \(path); nothing was changed"
      )
    }
    return try stateSpace(named: checkpoint.space)
  }
}
