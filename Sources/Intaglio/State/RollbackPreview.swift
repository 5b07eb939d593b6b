public import IntaglioFormat

/// What a rollback would do: said before anything is done.
public struct RollbackPreview: Hashable, Sendable {
  /// How many keys of a component would get another value.
  public struct Changes: Hashable, Sendable {
    /// Keys that are not there now.
    public internal(set) var addedCount = 0
    /// Keys that have another value now.
    public internal(set) var changedCount = 0
    /// Keys that the checkpoint does not have.
    public internal(set) var removedCount = 0
  }

  /// Where the rollback would go.
  public let checkpoint: Checkpoint
  /// The version of the state that would be left: give it to the rollback to have it refused if the state has changed since.
  public let version: SequenceNumber
  /// By component; components without a difference are left out.
  public let components: [String: Changes]
  /// Records of the log, of all streams, since the checkpoint: what happened, and will stay recorded.
  public let recordCountSince: UInt64

  /// Whether the checkpoint's state is the current one.
  public var isEmpty: Bool { components.isEmpty }
}

extension StateSpace {
  /// Says what a rollback to `checkpoint` would change; costs what differs.
  ///
  /// - Throws: `notFound` if the checkpoint is of another log or space.
  public func previewRollback(to checkpoint: Checkpoint) throws -> RollbackPreview {
    try current.previewRollback(to: checkpoint)
  }
}

extension StateView {
  /// Says what a rollback from this state to `checkpoint` would change; costs what differs.
  ///
  /// It asks for no `Log`, so that a process can look while another writes.
  /// - Throws: `notFound` if the checkpoint is of another log or space.
  public func previewRollback(to checkpoint: Checkpoint) throws -> RollbackPreview {
    let target = try state(at: checkpoint)
    var components: [String: RollbackPreview.Changes] = [:]
    try forEachDifference(to: target) { difference in
      let component = difference.key.component
      if difference.old == nil {
        components[component, default: .init()].addedCount += 1
      } else if difference.new == nil {
        components[component, default: .init()].removedCount += 1
      } else {
        components[component, default: .init()].changedCount += 1
      }
    }
    return RollbackPreview(
      checkpoint: checkpoint, version: version, components: components,
      recordCountSince: records.snapshot.count - checkpoint.sequence.rawValue - 1)
  }
}
