/// Something outside the log that a mission's rollback takes back with it: a workspace, a database, a cache.
///
/// It is captured before each checkpoint, and restored before the rollback is recorded as done. A crash in between has it
/// restored again: restoring what is restored already must change nothing.
public protocol RollbackParticipant: Sendable {
  /// Its name, unique among the participants and the same in every process: 1 to 200 bytes.
  var name: String { get }

  /// What it takes to come back to how things are now: a snapshot's id, a digest; up to what a state's value may have.
  ///
  /// - Throws: if that cannot be told; the checkpoint is made all the same, and cannot be rolled back to.
  func capture() async throws -> String

  /// Whether somebody else than runs of the mission has changed things since `captured` was given; asked before a rollback.
  ///
  /// `captured` is what it gave last: before the newest checkpoint, or when a run failed after it. What a run did whose process was
  /// killed comes after that too. Without a method of its own a participant takes nobody's changes for others'.
  /// - Throws: if that cannot be told; a rollback is then refused as if they had, unless it is forced.
  func isChangedByOthers(since captured: String) async throws -> Bool

  /// Makes things as they were when `captured` was given.
  ///
  /// - Throws: if that failed; the rollback is not done then, and its mission takes no runs until it is done again.
  func restore(_ captured: String) async throws
}

extension RollbackParticipant {
  /// Takes nobody's changes for others'.
  public func isChangedByOthers(since captured: String) -> Bool { false }
}
