internal import IntaglioFormat
internal import IntaglioHooks

/// An agent: what it is told, what it may call, and the model that plays it.
struct Agent: Sendable {
  let name: String
  let instructions: String
  let model: any Model
  var tools: [GovernedTool] = []
  /// The agents that it may hand over to: each is offered to the model as `transfer_to_NAME`.
  var handoffs: [String] = []

  /// What the model's call is a call of; a name that the agent does not know is a function's.
  func identity(of name: String) -> ToolIdentity {
    if let target = handoffTarget(name) { return ToolIdentity(.handoff, name: target) }
    return tools.first { $0.identity.name == name }?.identity ?? ToolIdentity(name: name)
  }

  func handoffTarget(_ name: String) -> String? {
    handoffs.first { "transfer_to_" + $0 == name }
  }
}

/// What a tool reports to the model instead of a result; the run goes on.
struct ToolFailure: Error {
  let message: String
}

/// The model did not come to an end.
struct TurnsExceeded: Error, CustomStringConvertible {
  let agent: String
  let count: Int

  var description: String { "\(agent) did not come to an end in \(count) turns" }
}

/// An agent was to run that the loop does not have.
struct UnknownAgent: Error, CustomStringConvertible {
  let name: String

  var description: String { "there is no agent named \(name)" }
}

/// People have denied a call whose rule ends the run then.
struct ReviewDenied: Error, CustomStringConvertible {
  let tool: String

  var description: String { "the review of \(escaped(tool)) was denied, and its rule ends the run" }
}
