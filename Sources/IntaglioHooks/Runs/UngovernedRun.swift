/// A run that nobody governs: everything is allowed, and nothing recorded.
///
/// For tests of an agent, and to measure what governing costs.
public struct UngovernedRun: RunHooks {
  /// A run without a governor.
  public init() {}

  /// Does nothing.
  public func agentStarted(_ agent: String) {}
  /// Does nothing.
  public func agentEnded(_ agent: String, output: String) {}
  /// Does nothing.
  public func modelRequested(_ request: ModelRequest) {}
  /// Does nothing.
  public func modelResponded(_ response: ModelResponse) {}
  /// Does nothing.
  public func modelFailed(type: String, message: String) {}
  /// Does nothing.
  public func handedOff(_ decision: ToolDecision, from: String, to: String) {}
  /// Does nothing.
  public func hostedToolRan(_ call: ToolCall, result: String) {}
  /// Does nothing.
  public func guardrailTripped(_ guardrail: Guardrail) {}

  /// Allows every call.
  public func decide(_ calls: [ToolCall]) -> [ToolDecision] {
    calls.map { ToolDecision(unrecorded: $0, .none, agent: "", of: nil) }
  }

  /// Gives back what nobody has sent to review.
  public func waitForReview(_ decision: ToolDecision) -> ToolDecision { decision }

  /// Runs `body`, unless the decision is one of a run that is governed.
  public func perform(
    _ decision: ToolDecision, _ body: (consuming ToolPermit) async throws -> ToolOutcome
  ) async throws -> ToolOutcome {
    guard decision.run == nil else {
      throw GovernorError(
        .notPermitted, "the decision is a governed run's: its tool was not run")
    }
    return try await body(ToolPermit(decision.call, PermitUse()))
  }
}
