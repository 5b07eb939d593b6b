internal import IntaglioFormat
internal import IntaglioStorage

// For hosts that cannot hand over a body to run, such as a framework behind the C interface: what `perform` does around a body, in two
// parts.

extension GovernedRun {
  /// Records that the tool of an allowed call begins; it may run when this returns, once.
  ///
  /// - Returns: the arguments to run it with.
  /// - Throws: as `perform`.
  package func startTool(_ decision: ToolDecision) async throws(GovernorError) -> String {
    try check(decision)
    try await begin(decision)
    return decision.call.arguments
  }

  /// Records how a tool that `startTool` began has ended.
  ///
  /// - Parameter wasUsed: false if the body was never run.
  /// - Throws: `invalid` if the tool was not started, or has ended before; as `perform`.
  package func endTool(
    _ decision: ToolDecision, _ outcome: ToolOutcome, errorType: String?, wasUsed: Bool
  ) async throws(GovernorError) {
    try check(decision)
    let number = decision.number
    try await tell { core, run throws(GovernorError) in
      guard run.calls[number].progress == .started else {
        throw GovernorError(
          .invalid,
          "call \(number) of \(escaped(decision.call.tool.description)) is not running: its tool was not started, or has ended"
        )
      }
      try core.endTool(number, outcome, errorType: errorType, wasUsed: wasUsed, run)
    }
  }

  /// Records what a framework's own approval said; it satisfies no review.
  package func foreignApproval(
    ofCall id: String, tool: ToolIdentity, approved: Bool
  ) async throws(GovernorError) {
    try await tell { core, run throws(GovernorError) in
      var event = Event(.approvalForeign)
      event.set(Attribute.turn, run.turn)
      event.set(Attribute.tool, tool.description)
      event.set(Attribute.toolCallID, id.isEmpty ? nil : id)
      event.set(
        Attribute.decision,
        (approved ? ReviewVote.Decision.approve : ReviewVote.Decision.reject).rawValue)
      try core.append([event], to: run.stream)
    }
  }

  /// Records that so much happened in the run that nobody could see.
  ///
  /// - Parameter what: what it was, for people.
  package func gap(count: Int, what: String) async throws(GovernorError) {
    let id = id
    try await tell { core, run throws(GovernorError) in
      try core.record([Gap(run: id, count: count, what: what)])
    }
  }

  /// The agent that works in the run now, as far as this object has heard.
  package var agent: String { fallback.withLock { $0.agent } }

  /// The governed state that the run works on.
  package func mission() async throws(GovernorError) -> String {
    try await performInRun { _, run in run.missionName }
  }
}
