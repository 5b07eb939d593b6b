public import Intaglio

/// What taking a mission back would change, void and leave: said before anything is done.
public struct MissionPreview: Sendable {
  /// A tool that has run since the checkpoint, and what it did is not taken back.
  public struct Call: Sendable {
    /// The run, and the call's number in it.
    public let run: String
    /// The call's number in the run.
    public let number: Int
    /// What was called.
    public let tool: String
    /// What kind of effect the policy says that it had.
    public let effectClass: EffectClass
    /// How it ended; nil if it is not known to have ended.
    public let status: String?
  }

  /// The mission.
  public let mission: String
  /// What the state would be, by component.
  public let state: RollbackPreview
  /// Tickets that would be voided: open ones, and approvals that were not used.
  public let tickets: [Ticket]
  /// Runs that are paused and could not be resumed any more.
  public let pausedRuns: [String]
  /// Every tool that has run since the checkpoint.
  public let calls: [Call]
  /// What of the checkpoint was not captured, so that it cannot be rolled back to; empty if it can.
  public let notCaptured: [String]
  /// What outside the log would be restored with it.
  public let participants: [String]
  /// Who else has changed what would be taken back: a rollback over it has to be forced.
  public let changedByOthers: [OthersChange]

  /// The calls whose effects were declared irreversible: a rollback over them has to be forced.
  public var irreversibleCalls: [Call] { calls.filter { $0.effectClass == .irreversible } }
}
