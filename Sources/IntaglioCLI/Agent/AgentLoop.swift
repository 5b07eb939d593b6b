internal import IntaglioFormat
internal import IntaglioHooks

/// Asks the model, decides on all calls of its turn, runs those that are allowed side by side, and asks again.
///
/// A call that people review holds up the run as its rule says: it is waited for, or the loop ends as paused, with all that it takes to
/// go on in another process.
struct AgentLoop: Sendable {
  /// How a loop ends.
  enum Ending: Sendable {
    /// With the last words of an agent.
    case said(String)
    /// With what it goes on from once people have decided.
    case paused(LoopState)
  }

  let agents: [Agent]
  let hooks: any RunHooks
  var maximumTurnCount = 20

  /// Runs `agent` on `input` until an agent has nothing more to call, or people are asked and the run is to be paused.
  func run(_ agent: String, input: String) async throws -> Ending {
    let agent = try find(agent)
    try await hooks.agentStarted(agent.name)
    return try await go(LoopState(agent: agent.name, input: input))
  }

  /// Goes on from where a loop was paused, with what people have decided on its calls since.
  func resume(_ state: LoopState, reviews: [ToolDecision]) async throws -> Ending {
    var state = state
    guard let turn = state.turn else { return try await go(state) }
    guard try await finish(turn, reviews, &state) else { return .paused(state) }
    return try await go(state)
  }

  private func go(_ start: LoopState) async throws -> Ending {
    var state = start
    while state.turnCount < maximumTurnCount {
      let agent = try find(state.agent)
      let turn = try await ask(agent, state.items)
      state.turnCount += 1
      state.items += turn.items
      if turn.calls.isEmpty {
        let output = turn.text ?? ""
        try await hooks.agentEnded(agent.name, output: output)
        return .said(output)
      }
      let decisions = try await hooks.decide(
        turn.calls.map { ToolCall(agent.identity(of: $0.name), arguments: $0.arguments, id: $0.id) }
      )
      let open = OpenTurn(
        calls: zip(turn.calls, decisions).map { .init(id: $0.id, number: $1.number) })
      guard try await finish(open, decisions, &state) else { return .paused(state) }
    }
    throw TurnsExceeded(agent: state.agent, count: maximumTurnCount)
  }

  /// Makes the calls of a turn that are decided, and takes what came of them into the conversation; false if some wait for people and the run
  /// is to be paused for that.
  private func finish(
    _ open: OpenTurn, _ decisions: [ToolDecision], _ state: inout LoopState
  ) async throws -> Bool {
    let agent = try find(state.agent)
    var turn = open
    // Before any other of them is made.
    for decision in decisions { try checkNotAborted(decision) }
    let pauses = decisions.contains { $0.reviewMode == .pause }
    let texts = try await withThrowingTaskGroup(of: (Int, String).self) { group in
      for (index, call) in turn.calls.enumerated() where call.text == nil {
        guard let decision = decisions.first(where: { $0.number == call.number }),
          decision.call.tool.family != .handoff, !(pauses && decision.effect == .review)
        else { continue }
        group.addTask { (index, try await text(of: decision, agent)) }
      }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    for (index, text) in texts { turn.calls[index].text = text }
    guard !pauses else {
      state.turn = postponingHandoffs(of: turn, decisions)
      return false
    }
    let next = try await handOver(&turn, decisions, from: agent)
    state.turn = nil
    state.items += turn.calls.map { .result(id: $0.id, text: $0.text ?? "") }
    if let next {
      try await hooks.agentStarted(try find(next).name)
      // A new agent begins from what the user asked: what was said to the other is not its own.
      (state.agent, state.items) = (next, [.user(state.input)])
    }
    return true
  }

  /// The turn as the loop pauses in it: nobody takes over from an agent whose call waits, and what people have approved is kept for when it
  /// goes on.
  private func postponingHandoffs(of turn: OpenTurn, _ decisions: [ToolDecision]) -> OpenTurn {
    var turn = turn
    for decision in decisions
    where decision.call.tool.family == .handoff && decision.ticket == nil {
      guard let index = turn.calls.firstIndex(where: { $0.number == decision.number }) else {
        continue
      }
      turn.calls[index].text =
        decision.effect == .allow
        ? "Another call of yours waited for people: hand over again if that is still right."
        : decision.message
    }
    return turn
  }

  /// Hands over as the first allowed handoff of the turn says; gives the agent that takes over.
  private func handOver(
    _ turn: inout OpenTurn, _ decisions: [ToolDecision], from agent: Agent
  ) async throws -> String? {
    var next: String?
    for (index, call) in turn.calls.enumerated() where call.text == nil {
      guard let asked = decisions.first(where: { $0.number == call.number }) else { continue }
      let decision = try await decided(asked)
      turn.calls[index].text = decision.message
      guard decision.effect == .allow, next == nil else { continue }
      next = decision.call.tool.name
      try await hooks.handedOff(decision, from: agent.name, to: decision.call.tool.name)
    }
    return next
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

  /// The decision, once people have made it.
  private func decided(_ decision: ToolDecision) async throws -> ToolDecision {
    guard decision.effect == .review else { return decision }
    let decided = try await hooks.waitForReview(decision)
    try checkNotAborted(decided)
    return decided
  }

  private func checkNotAborted(_ decision: ToolDecision) throws {
    if decision.abortsRun { throw ReviewDenied(tool: decision.call.tool.description) }
  }

  /// What the model is told of one call: the tool's result, what went wrong in it, or why it was not made.
  private func text(of asked: ToolDecision, _ agent: Agent) async throws -> String {
    let decision = try await decided(asked)
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
