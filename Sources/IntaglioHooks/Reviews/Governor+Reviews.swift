internal import Intaglio
internal import IntaglioFormat
internal import IntaglioStorage
package import SystemPackage

/// A run that goes on after a pause.
public struct ResumedRun: Sendable {
  /// The run.
  public let run: GovernedRun
  /// The framework's state that the pause recorded: what to go on from.
  public let pausedState: String?
  /// The calls that were sent to review and have not run, as they are decided now.
  public let reviews: [ToolDecision]
  /// The calls that were allowed before the pause and have not run.
  package let allowed: [ToolDecision]
}

extension Governor {
  /// Goes on with a run that was paused, in this process or in another that has ended.
  ///
  /// - Parameter state: what the caller would go on from, if it has kept it; it must be what the log has.
  /// - Throws: `not_paused` if the run ended, was resumed before, its mission was taken back since, or another log has it;
  ///   `state_differs`; `rollback_pending` while its mission is taken back; `engine`.
  public func resume(_ id: String, state: String? = nil) async throws(GovernorError) -> ResumedRun {
    let resumed = try await store.thread.perform(
      durably: true, timeout: options.timeoutNanoseconds
    ) { core throws(GovernorError) in try core.resume(id, state: state) }.get()
    let run = GovernedRun(self, id: id, traceID: "", agent: resumed.agent, policy: resumed.policy)
    return ResumedRun(
      run: run, pausedState: resumed.pausedState,
      reviews: resumed.reviews.map { ToolDecision($0, of: run) },
      allowed: resumed.allowed.map { ToolDecision($0, of: run) })
  }

  /// The calls that wait for people in the log that this process writes, oldest first; also those that are approved and
  /// have not run.
  public func tickets() async throws(GovernorError) -> [Ticket] {
    try await store.thread.perform(durably: false, timeout: options.timeoutNanoseconds) {
      core throws(GovernorError) in
      try core.expireTickets()
      return core.tickets.values.sorted { ($0.time, $0.call) < ($1.time, $1.call) }
    }.get()
  }

  /// Takes somebody's decision on a ticket of a log that no process writes.
  package static func decide(
    _ vote: ReviewVote, inLogAt path: FilePath, user: UInt32
  ) async throws(GovernorError) -> Result<ReviewOutcome, ReviewRefusal> {
    let governor = try await Governor.open(logAt: path)
    do throws(GovernorError) {
      let outcome = try await governor.take(vote, user: user)
      await governor.close()
      return outcome
    } catch {
      await governor.close()
      throw error
    }
  }

  /// Takes somebody's decision on a ticket of this process's log; for commands, and programs with a desk of their own.
  ///
  /// The identity is that of the user whose process this is, `assurance: local`: whoever can call this, the agent's own
  /// program among them, can decide so. Policies that name approvers take only what their keys have signed.
  package func take(_ vote: ReviewVote, user: UInt32) async throws(GovernorError)
    -> Result<ReviewOutcome, ReviewRefusal>
  {
    try await store.thread.perform(durably: true, timeout: options.timeoutNanoseconds) {
      core throws(GovernorError) in
      try core.take(vote, from: VoteOrigin(user: user))
    }.get()
  }
}
