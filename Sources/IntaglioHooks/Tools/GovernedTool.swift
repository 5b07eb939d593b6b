/// A tool whose body runs only with a permit.
public struct GovernedTool: Sendable {
  /// What policies know the tool by.
  public let identity: ToolIdentity
  private let body: @Sendable (String) async throws -> String

  /// The tool `identity`, whose body takes the arguments as the model wrote them and gives the text for the model.
  public init(
    _ identity: ToolIdentity, body: @escaping @Sendable (String) async throws -> String
  ) {
    self.identity = identity
    self.body = body
  }

  /// Runs the body, with the arguments that `permit` was given for.
  ///
  /// - Throws: `GovernorError` `not_permitted` if the permit is another tool's; what the body throws.
  public func run(_ permit: consuming ToolPermit) async throws -> ToolOutcome {
    let arguments = try permit.arguments(for: identity)
    return .ok(try await body(arguments))
  }

  /// Asks the gate of `run`, and runs the body if the call is allowed.
  ///
  /// - Returns: the tool's outcome, or the refusal for the model.
  /// - Throws: as `Governor.perform`.
  public func callAsFunction(
    _ arguments: String, callID: String = "", in run: some RunHooks
  ) async throws -> ToolAnswer {
    let decisions = try await run.decide([ToolCall(identity, arguments: arguments, id: callID)])
    guard decisions[0].effect == .allow else { return .refused(decisions[0]) }
    return .ran(try await run.perform(decisions[0]) { permit in try await self.run(permit) })
  }
}

/// What came of a call: its tool ran, or it was refused.
public enum ToolAnswer: Sendable {
  /// The tool ran.
  case ran(ToolOutcome)
  /// The call was denied, or waits for a review.
  case refused(ToolDecision)

  /// What the model is told.
  public var text: String {
    switch self {
    case .ran(let outcome): outcome.result
    case .refused(let decision): decision.message
    }
  }
}
