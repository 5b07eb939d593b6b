internal import Intaglio
internal import IntaglioFormat

extension GovernorCore {
  /// What is given to whoever asked, without the run that belongs to it.
  struct Answered: Sendable {
    let call: ToolCall
    let number: Int
    let effect: Effect
    let message: String
    let reason: String
    let deciders: [String]
    let abortsRun: Bool
    /// Of a call that waits for people, or that they have approved.
    var ticket: Ticket?
  }

  /// Answers for all calls of a turn, in their order; requests and decisions are one atomic batch.
  ///
  /// Taint that a call of the batch brings holds from the next batch on: the model wrote this one before.
  func decide(_ calls: [ToolCall], _ run: RunState) throws(GovernorError) -> [Answered] {
    try run.checkNotAborted()
    let first = run.calls.count
    var events: [Event] = []
    var states: [CallState] = []
    var charges: [Judgement.Charge] = []
    var answers: [Answered] = []
    var needsCheckpoint = false
    var reviews: [(number: Int, judgement: Judgement)] = []
    var taints = false
    for (index, call) in calls.enumerated() {
      let number = first + index
      let judgement = try judge(call, run)
      let request = requestEvent(call, number, batch: first, run)
      charges += judgement.charges
      states.append(
        CallState(
          call: call, agent: run.agent, argumentsDigest: request.digest,
          progress: judgement.effect == .allow ? .allowed : .refused))
      events.append(request.event)
      events.append(
        judgement.event(
          onCall: number, policy: judgement.policy, argumentsDigest: request.digest,
          isTainted: run.isTainted))
      answers.append(
        Answered(
          call: call, number: number, effect: judgement.effect,
          message: judgement.message(for: call.tool), reason: judgement.reason,
          deciders: judgement.deciders, abortsRun: judgement.abortsRun))
      if judgement.effect == .review { reviews.append((number, judgement)) }
      guard judgement.effect != .deny else { continue }
      needsCheckpoint =
        needsCheckpoint || judgement.checkpointsBefore
        || judgement.effect == .review
      taints = taints || judgement.readsUntrusted
    }
    do throws(GovernorError) {
      if needsCheckpoint { try checkpoint(run, label: "before call \(first)") }
      try append(events, to: run.stream)
    } catch {
      // What is not in the log was not asked for.
      for charge in charges { counters.release(charge.amount, charge.key) }
      throw error
    }
    for charge in charges { run.reserved.add(charge.amount, charge.key) }
    for call in calls where !call.id.isEmpty { run.tools[call.id] = call.tool }
    run.calls += states
    for (number, judgement) in reviews {
      run.calls[number].abortsIfDenied = judgement.evaluation?.onDeny == .abort
      answers[number - first].ticket = try requestReview(number, judgement, run)
    }
    run.isTainted = run.isTainted || taints
    run.isAborted = answers.contains(where: \.abortsRun)
    return answers
  }

  /// Judges a call, and reserves what it uses of limits.
  private func judge(_ call: ToolCall, _ run: RunState) throws(GovernorError) -> Judgement {
    var judgement = try judge(call, run, by: run.policy)
    for other in run.stricter {
      judgement = judgement.combined(with: try judge(call, run, by: other))
    }
    for charge in judgement.charges { counters.reserve(charge.amount, charge.key) }
    return judgement
  }

  private func judge(
    _ call: ToolCall, _ run: RunState, by loaded: LoadedPolicy
  ) throws(GovernorError) -> Judgement {
    let cover = try capabilities(run).cover(call.tool, by: run.agent)
    guard let policy = loaded.policy else { return Judgement(cover) }
    let input = PolicyInput(
      tool: call.tool, agent: run.agent, argumentText: call.arguments, isTainted: run.isTainted)
    var judgement = try governing { () throws(LogError) in
      try Judgement(input, by: policy, cover, subject: run.subject) { key throws(LogError) in
        try counters.count(key)
      }
    }
    judgement.policy = loaded.name
    return judgement
  }

  private func requestEvent(
    _ call: ToolCall, _ number: Int, batch: Int, _ run: RunState
  ) -> (event: Event, digest: String) {
    var event = Event(.toolRequest)
    let salt = RandomBytes.hex(words: 2)
    let redacted = run.policy.redactor(for: call.tool).redact(arguments: call.arguments)
    // What was taken out cannot be bound by a digest that anybody could try guesses on: what is left is.
    let digest = SaltedDigest.ofArguments(
      redacted.map { String(decoding: $0.value.canonical, as: UTF8.self) } ?? call.arguments,
      salt: salt
    ).hex
    event.set(Attribute.agentName, run.agent)
    event.set(Attribute.toolArguments, redacted?.value ?? .string(call.arguments))
    event.set(Attribute.toolCallID, call.id.isEmpty ? nil : call.id)
    event.set(Attribute.toolName, call.tool.name)
    event.set(Attribute.argumentsDigest, digest)
    event.set(Attribute.batch, batch)
    event.set(Attribute.call, number)
    event.set(Attribute.redacted, redacted?.removalsAsJSON)
    event.set(Attribute.salt, salt)
    event.set(Attribute.tool, call.tool.description)
    event.set(Attribute.turn, run.turn)
    return (event, digest)
  }
}

extension RunState {
  /// Whose count a limit of `scope` is for this run.
  func subject(_ scope: Policy.Limit.Scope) -> String {
    switch scope {
    case .run: id
    case .mission: missionName
    case .agent: agent
    case .log: ""
    }
  }
}
