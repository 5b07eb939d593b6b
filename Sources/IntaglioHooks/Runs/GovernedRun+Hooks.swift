internal import Intaglio
internal import IntaglioFormat
internal import IntaglioStorage

extension GovernedRun: RunHooks {
  /// Records that an agent begins to work.
  public func agentStarted(_ agent: String) async throws(GovernorError) {
    try RunDescription.check(agent, "agent")
    fallback.withLock { $0.agent = agent }
    try await tell { core, run throws(GovernorError) in
      run.agent = agent
      var event = Event(.agentStart)
      event.set(Attribute.agentName, agent)
      event.set(Attribute.turn, run.turn)
      try core.append([event], to: run.stream)
    }
  }

  /// Records that an agent has given its final output.
  public func agentEnded(_ agent: String, output: String) async throws(GovernorError) {
    try await tell { core, run throws(GovernorError) in
      var event = Event(.agentEnd)
      event.set(Attribute.agentName, agent)
      event.set(Attribute.turn, run.turn)
      event.set(Attribute.output, run.policy.redacted(output))
      try core.append([event], to: run.stream)
    }
  }

  /// Begins a turn: names the mission's state, and records what the model is asked.
  public func modelRequested(_ request: ModelRequest) async throws(GovernorError) {
    let captured = await governor.capture()
    try await tell { core, run throws(GovernorError) in
      run.captured = captured
      try core.requestModel(request, run)
    }
  }

  /// Records what the model answered.
  public func modelResponded(_ response: ModelResponse) async throws(GovernorError) {
    try await tell { core, run throws(GovernorError) in try core.respond(response, run) }
  }

  /// Records that the model gave no answer.
  public func modelFailed(type: String, message: String) async throws(GovernorError) {
    try await tell { core, run throws(GovernorError) in
      var event = Event(.modelFailed)
      event.set(Attribute.turn, run.turn)
      event.set(Attribute.errorType, type)
      event.set(Attribute.message, run.policy.redacted(message))
      try core.append([event], to: run.stream)
    }
  }

  /// Asks the policy for all calls of one turn.
  ///
  /// Requests and decisions are ordered in the log as one batch. They are synced when this returns if no call is allowed; else
  /// with the start of the first tool that runs.
  /// - Throws: `aborted` if the policy ends the run with one of the calls: no tool of the batch may run then.
  public func decide(_ calls: [ToolCall]) async throws(GovernorError) -> [ToolDecision] {
    try unlessAborted(await decideEach(calls))
  }

  /// As `decide`, with the decisions also where one of them ends the run.
  package func decideEach(_ calls: [ToolCall]) async throws(GovernorError) -> [ToolDecision] {
    guard !calls.isEmpty else { return [] }
    if countGap(ifFailed: true) { return decideUnrecorded(calls) }
    let answers: [GovernorCore.Answered]
    do throws(GovernorError) {
      let captured = await governor.capture()
      let capabilities: Capabilities?
      (answers, capabilities) = try await performInRun { core, run throws(GovernorError) in
        run.captured = captured
        return (try core.decide(calls, run), try core.capabilities(run))
      }
      fallback.withLock { $0.capabilities = capabilities }
      if !answers.contains(where: { $0.effect == .allow }) || answers.contains(where: \.abortsRun) {
        try await performInRun(durably: true) { _, _ in }
      }
    } catch {
      guard error.mayBeCounted, governor.options.onEngineError == .allowAndCount else {
        throw error
      }
      _ = countGap(ifFailed: false)
      return decideUnrecorded(calls)
    }
    return answers.map { ToolDecision($0, of: self) }
  }

  private func unlessAborted(
    _ decisions: [ToolDecision]
  ) throws(GovernorError) -> [ToolDecision] {
    guard let abort = decisions.first(where: \.abortsRun) else { return decisions }
    throw GovernorError(
      .aborted,
      "the policy ends the run \(escaped(id)) with the call of \(escaped(abort.call.tool.description)) (\(abort.deciders.joined(separator: ", "))): no tool of this turn was run"
    )
  }

  /// What the policy says of calls that cannot be recorded: limits, which are counted in the log, hold nobody up.
  private func decideUnrecorded(_ calls: [ToolCall]) -> [ToolDecision] {
    let fallback = fallback.withLock { $0 }
    return calls.map {
      ToolDecision(
        unrecorded: $0, fallback.policy, fallback.capabilities, agent: fallback.agent, of: self)
    }
  }

  /// Runs `body` for an allowed call, once; as `Governor.perform`.
  public func perform(
    _ decision: ToolDecision, _ body: (consuming ToolPermit) async throws -> ToolOutcome
  ) async throws -> ToolOutcome {
    try check(decision)
    try await begin(decision)
    let number = decision.number
    let use = PermitUse()
    let outcome: ToolOutcome
    do { outcome = try await body(ToolPermit(decision.call, use)) } catch {
      let status: ToolOutcome.Status = error is CancellationError ? .cancelled : .error
      try await record(
        ToolOutcome(status: status, result: "\(error)"), number, use,
        errorType: String(describing: type(of: error)))
      throw error
    }
    try await record(outcome, number, use, errorType: nil)
    return outcome
  }

  /// Records the start of a tool; returns when it may run.
  func begin(_ decision: ToolDecision) async throws(GovernorError) {
    let number = decision.number
    try await use(decision) { core, run throws(GovernorError) in try core.startTool(number, run) }
  }

  /// Uses a decision by a record of it; without one, as far as the decision itself can tell.
  private func use(
    _ decision: ToolDecision,
    _ record: @escaping @Sendable (GovernorCore, RunState) throws(GovernorError) -> Void
  ) async throws(GovernorError) {
    let isFirst = decision.markUse()
    let isTold = decision.isRecorded ? try await tell(durably: true, record) : false
    if !isTold { try decision.checkUnrecorded(isFirst: isFirst) }
  }

  private func record(
    _ outcome: ToolOutcome, _ number: Int, _ use: PermitUse, errorType: String?
  ) async throws(GovernorError) {
    // From now on the permit is worth nothing.
    let wasUsed = !use.markFirst()
    try await tell { core, run throws(GovernorError) in
      try core.endTool(number, outcome, errorType: errorType, wasUsed: wasUsed, run)
    }
  }

  func check(_ decision: ToolDecision) throws(GovernorError) {
    guard decision.run === self else {
      throw GovernorError(
        .notPermitted,
        "the decision on \(escaped(decision.call.tool.description)) is another run's: its tool was not run"
      )
    }
  }

  /// Records that another agent takes over, as an allowed call of the family `handoff` decided; synced when it returns.
  public func handedOff(
    _ decision: ToolDecision, from: String, to: String
  ) async throws(GovernorError) {
    try check(decision)
    try RunDescription.check(to, "agent")
    guard decision.call.tool.family == .handoff else {
      throw GovernorError(
        .notPermitted,
        "\(escaped(decision.call.tool.description)) is no handoff: nobody decided that \(escaped(to)) takes over"
      )
    }
    let number = decision.number
    let captured = await governor.capture()
    try await use(decision) { core, run throws(GovernorError) in
      run.captured = captured
      try core.handOff(number, from: from, to: to, run)
    }
    fallback.withLock { $0.agent = to }
  }

  /// Records a tool of the model's provider that has run already.
  public func hostedToolRan(_ call: ToolCall, result: String) async throws(GovernorError) {
    try await tell { core, run throws(GovernorError) in
      try core.recordHosted(call, result: result, run)
    }
  }

  /// Records that a guardrail of the framework tripped.
  public func guardrailTripped(_ guardrail: Guardrail) async throws(GovernorError) {
    try await tell { core, run throws(GovernorError) in
      var event = Event(.guardrailTripped)
      event.set(Attribute.turn, run.turn)
      event.set(Attribute.guardrail, guardrail.name)
      event.set(Attribute.stage, guardrail.stage.rawValue)
      event.set(Attribute.message, run.policy.redacted(guardrail.message))
      try core.append([event], to: run.stream)
    }
  }
}
