/// What a framework tells of a run, and asks before it acts: the seam for whoever runs agents.
///
/// The order of calls is: an agent starts; before each turn of the model `modelRequested`, after it `modelResponded`; `decide` with all
/// calls of that turn at once; `waitForReview` for each that was sent to review, unless the run is paused for it; `perform` for each allowed
/// one, also at the same time; an agent ends. A handoff is decided as a call of the family `handoff` and told by `handedOff`. All methods
/// suspend while the engine works; none blocks a thread of the cooperative pool.
public protocol RunHooks: Sendable {
  /// An agent begins to work.
  func agentStarted(_ agent: String) async throws(GovernorError)
  /// An agent has given its final output.
  func agentEnded(_ agent: String, output: String) async throws(GovernorError)
  /// The model is about to be asked: the boundary of a turn.
  func modelRequested(_ request: ModelRequest) async throws(GovernorError)
  /// The model has answered.
  func modelResponded(_ response: ModelResponse) async throws(GovernorError)
  /// The model gave no answer.
  func modelFailed(type: String, message: String) async throws(GovernorError)
  /// Asks for all calls of one turn, in the model's order; answers in that order.
  func decide(_ calls: [ToolCall]) async throws(GovernorError) -> [ToolDecision]
  /// Suspends until people have decided on a call that was sent to review: the decision is allowed or denied then.
  func waitForReview(_ decision: ToolDecision) async throws -> ToolDecision
  /// Runs `body` for an allowed call, once; records start and end, whatever the body does.
  func perform(
    _ decision: ToolDecision, _ body: (consuming ToolPermit) async throws -> ToolOutcome
  ) async throws -> ToolOutcome
  /// Another agent takes over, as was decided.
  func handedOff(_ decision: ToolDecision, from: String, to: String) async throws(GovernorError)
  /// A tool of the model's provider has run already, before anybody could be asked.
  func hostedToolRan(_ call: ToolCall, result: String) async throws(GovernorError)
  /// A guardrail of the framework tripped.
  func guardrailTripped(_ guardrail: Guardrail) async throws(GovernorError)
}

/// A check of a framework's own that stopped something.
public struct Guardrail: Sendable {
  /// What it looked at.
  public enum Stage: String, Hashable, Sendable {
    case input
    case output
    case toolInput = "tool_input"
    case toolOutput = "tool_output"
  }

  /// Its name.
  public let name: String
  /// What it looked at.
  public let stage: Stage
  /// What it said.
  public let message: String

  /// A guardrail that tripped.
  public init(name: String, stage: Stage, message: String = "") {
    self.name = name
    self.stage = stage
    self.message = message
  }
}
