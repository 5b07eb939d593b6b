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

/// Asks the model, decides on all calls of its turn, runs those that are allowed side by side, and asks again.
struct AgentLoop: Sendable {
  let agents: [Agent]
  let hooks: any RunHooks
  var maximumTurnCount = 20

  /// Runs `agent` on `input` until an agent has nothing more to call; gives its last words.
  func run(_ agent: String, input: String) async throws -> String {
    var agent = try find(agent)
    var items: [Conversation.Item] = [.user(input)]
    try await hooks.agentStarted(agent.name)
    for _ in 0..<maximumTurnCount {
      let turn = try await ask(agent, items)
      items += turn.items
      if turn.calls.isEmpty {
        let output = turn.text ?? ""
        try await hooks.agentEnded(agent.name, output: output)
        return output
      }
      let (results, next) = try await act(turn.calls, agent)
      items += results
      if let next {
        agent = try find(next)
        try await hooks.agentStarted(agent.name)
        // A new agent begins from what the user asked: what was said to the other is not its own.
        items = [.user(input)]
      }
    }
    throw TurnsExceeded(agent: agent.name, count: maximumTurnCount)
  }

  private func find(_ name: String) throws -> Agent {
    guard let agent = agents.first(where: { $0.name == name }) else {
      throw UnknownAgent(name: name)
    }
    return agent
  }

  private func ask(_ agent: Agent, _ items: [Conversation.Item]) async throws -> ModelTurn {
    try await hooks.modelRequested(
      ModelRequest(
        model: agent.model.name, instructions: agent.instructions, input: items.map(\.text)))
    let turn: ModelTurn
    do {
      turn = try await agent.model.respond(
        to: Conversation(instructions: agent.instructions, items: items))
    } catch {
      try await hooks.modelFailed(type: "\(type(of: error))", message: "\(error)")
      throw error
    }
    try await hooks.modelResponded(
      ModelResponse(
        output: turn.items.map(\.text), model: agent.model.name,
        finishReasons: [turn.calls.isEmpty ? "stop" : "tool_calls"],
        inputTokenCount: turn.inputTokenCount, outputTokenCount: turn.outputTokenCount))
    return turn
  }

  /// What came of each call, in their order, and the agent that takes over, if one does.
  private func act(
    _ calls: [ModelTurn.Call], _ agent: Agent
  ) async throws -> (results: [Conversation.Item], next: String?) {
    let decisions = try await hooks.decide(
      calls.map { ToolCall(agent.identity(of: $0.name), arguments: $0.arguments, id: $0.id) })
    var next: String?
    let texts = try await withThrowingTaskGroup(of: (Int, String).self) { group in
      for (index, decision) in decisions.enumerated() where decision.call.tool.family != .handoff {
        group.addTask { (index, try await text(of: decision, agent)) }
      }
      var texts = [String](repeating: "", count: calls.count)
      for try await (index, text) in group { texts[index] = text }
      return texts
    }
    var results: [Conversation.Item] = []
    for (index, decision) in decisions.enumerated() {
      var text = texts[index]
      if decision.call.tool.family == .handoff {
        text = decision.message
        if decision.effect == .allow, next == nil {
          next = decision.call.tool.name
          try await hooks.handedOff(decision, from: agent.name, to: decision.call.tool.name)
        }
      }
      results.append(.result(id: calls[index].id, text: text))
    }
    return (results, next)
  }

  /// What the model is told of one call: the tool's result, what went wrong in it, or why it was not made.
  private func text(of decision: ToolDecision, _ agent: Agent) async throws -> String {
    guard decision.effect == .allow else { return decision.message }
    let identity = decision.call.tool
    return try await hooks.perform(decision) { permit in
      guard let tool = agent.tools.first(where: { $0.identity == identity }) else {
        _ = try permit.arguments(for: identity)
        return ToolOutcome(status: .error, result: "there is no tool named \(identity.name)")
      }
      do { return try await tool.run(permit) } catch let error as ToolFailure {
        return ToolOutcome(status: .error, result: error.message)
      }
    }.result
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

extension Conversation.Item {
  /// The item as one JSON text.
  var text: String { String(decoding: json.canonical, as: UTF8.self) }
}
