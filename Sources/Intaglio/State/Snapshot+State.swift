public import IntaglioFormat
internal import IntaglioState

extension Snapshot {
  /// The state space `name` as it was when the snapshot was taken, or nil if the log had none of that name.
  ///
  /// For readers in other processes; whoever has the log open for writing asks `StateSpace`. Costs what was changed since the
  /// space's newest checkpoint.
  public func state(ofSpace name: String) throws(LogError) -> StateView? {
    guard let stream = try stream(named: SpaceIdentity.streamName(name)), hasStateRecords(stream)
    else { return nil }
    let (space, state) = try CurrentState.read(self, stream: stream)
    return StateView(records: StateRecords(self, space), state: state)
  }

  /// The names of all state spaces, in the order in which they were made.
  public func stateSpaceNames() throws(LogError) -> [String] {
    var names: [String] = []
    for (stream, _) in try streams() {
      guard let name = SpaceIdentity.name(ofStream: stream.name), hasStateRecords(stream) else {
        continue
      }
      names.append(name)
    }
    return names
  }
}

extension StateView {
  /// The checkpoints of the space that were made before this view, from the newest back.
  public var checkpoints: CheckpointSequence {
    CheckpointSequence(records: records, newest: state.checkpoint)
  }

  /// The checkpoint of the same space in the record `sequence`.
  ///
  /// - Throws: `notFound` if that is not one.
  public func checkpoint(at sequence: SequenceNumber) throws(LogError) -> Checkpoint {
    try records.findCheckpoint(at: sequence)
  }

  /// The state of a checkpoint of the same space.
  ///
  /// - Throws: `notFound` if `checkpoint` is of another log or space.
  public func state(at checkpoint: Checkpoint) throws(LogError) -> StateView {
    StateView(records: records, state: try records.find(checkpoint).state)
  }
}
