internal import Intaglio
internal import IntaglioFormat

extension GovernorCore {
  /// Records that the tool of an allowed call begins; only once.
  func startTool(_ number: Int, _ run: RunState) throws(GovernorError) {
    try use(number, run)
    let ticket = try ticketToUse(number, run)
    var event = event(.toolStart, run, number)
    event.set(Attribute.ticket, ticket?.id.hex)
    event.set(Attribute.argumentsDigest, run.calls[number].argumentsDigest)
    event.set(Attribute.spanID, RandomBytes.hex(words: 1))
    try append([event], to: run.stream)
    run.calls[number].progress = .started
    // Not before: what a start has used is told by its record.
    if let ticket { try forget(ticket) }
  }

  /// The approved ticket of a call that was sent to review; nil for a call that was allowed at once.
  private func ticketToUse(_ number: Int, _ run: RunState) throws(GovernorError) -> Ticket? {
    guard let id = run.calls[number].ticket else { return nil }
    try expireTickets()
    guard let ticket = tickets[id], ticket.state == .approved, run.isRuled(by: ticket.policy)
    else {
      run.calls[number].progress = .refused
      let refusal = ReviewRefusal("the approval has expired or was voided before its tool started")
      try recordRefusal(refusal, ticket: id, nil, stream: run.stream)
      throw GovernorError(
        .notPermitted,
        "call \(number) of \(escaped(run.calls[number].call.tool.description)): \(refusal.message)")
    }
    return ticket
  }

  /// Records that another agent takes over by an allowed call of the family `handoff`.
  func handOff(_ number: Int, from: String, to: String, _ run: RunState) throws(GovernorError) {
    try use(number, run)
    let ticket = try ticketToUse(number, run)
    var event = event(.agentHandoff, run, number)
    event.set(Attribute.ticket, ticket?.id.hex)
    event.set(Attribute.fromAgent, from)
    event.set(Attribute.toAgent, to)
    try append([event], to: run.stream)
    run.calls[number].progress = .ended
    if let ticket { try forget(ticket) }
    run.agent = to
    try checkpoint(run, label: "handoff to \(to)".prefix(utf8Count: Limits.labelByteCount))
  }

  private func use(_ number: Int, _ run: RunState) throws(GovernorError) {
    try run.checkNotAborted()
    let state = run.calls[number]
    switch state.progress {
    case .allowed: try checkCapability(number, run)
    case .refused:
      throw GovernorError(
        .notPermitted,
        "call \(number) of \(escaped(state.call.tool.description)) was not allowed: its tool may not run"
      )
    case .started, .ended:
      throw GovernorError(
        .used,
        "the decision on call \(number) of \(escaped(state.call.tool.description)) was used before: ask again for another run of the tool"
      )
    }
  }

  /// Records how a tool that was started has ended, or that its permit was never used.
  func endTool(
    _ number: Int, _ outcome: ToolOutcome, errorType: String?, wasUsed: Bool, _ run: RunState
  ) throws(GovernorError) {
    guard wasUsed else {
      try append([event(.toolAbandoned, run, number)], to: run.stream)
      run.calls[number].progress = .ended
      return
    }
    var event = event(.toolEnd, run, number)
    event.set(Attribute.status, outcome.status.rawValue)
    var whole = event
    whole.set(Attribute.errorType, errorType)
    let redacted = run.policy.redactor(for: run.calls[number].call.tool).redact(
      text: outcome.result)
    whole.set(Attribute.toolResult, redacted?.value ?? .string(outcome.result))
    whole.set(Attribute.redacted, redacted?.removalsAsJSON)
    do throws(GovernorError) { try append([whole], to: run.stream) } catch {
      guard error.cause?.code == .tooLarge else { throw error }
      // That the tool has ended is recorded in any case; nothing is cut, and whoever asked is told.
      event.set(Attribute.errorType, "result.too_large")
      try append([event], to: run.stream)
      run.calls[number].progress = .ended
      throw error
    }
    run.calls[number].progress = .ended
  }

  /// Records a tool of the model's provider that has run already; what it read taints the run as any tool's does.
  func recordHosted(_ call: ToolCall, result: String, _ run: RunState) throws(GovernorError) {
    let redactor = run.policy.redactor(for: call.tool)
    let arguments = redactor.redact(arguments: call.arguments)
    let output = redactor.redact(text: result)
    let input = PolicyInput(
      tool: call.tool, agent: run.agent, argumentText: call.arguments, isTainted: run.isTainted)
    let evaluation = run.policy.policy?.evaluate(input)
    let cover = try capabilities(run).cover(call.tool, by: run.agent)
    var event = Event(.toolHosted)
    event.set(Attribute.turn, run.turn)
    event.set(Attribute.agentName, run.agent)
    event.set(Attribute.tool, call.tool.description)
    event.set(Attribute.toolName, call.tool.name)
    event.set(Attribute.toolCallID, call.id.isEmpty ? nil : call.id)
    event.set(Attribute.toolArguments, arguments?.value ?? .string(call.arguments))
    event.set(Attribute.toolResult, output?.value ?? .string(result))
    let removals = [arguments, output].compactMap { $0?.removalsAsJSON }
    event.set(Attribute.redacted, removals.isEmpty ? nil : .array(removals))
    // Too late to be asked; what the policy would have said is told all the same.
    if case .missing = cover {
      event.set(Attribute.effect, Effect.deny.rawValue)
    } else {
      event.set(Attribute.effect, evaluation?.effect.rawValue)
    }
    event.set(Attribute.capability, cover.attribute)
    event.set(Attribute.taints, if: evaluation?.readsUntrusted == true)
    try append([event], to: run.stream)
    if !call.id.isEmpty { run.tools[call.id] = call.tool }
    run.isTainted = run.isTainted || evaluation?.readsUntrusted == true
  }
}

extension String {
  /// The beginning of the text that takes at most `count` bytes of UTF-8, whole characters.
  func prefix(utf8Count count: Int) -> String {
    guard utf8.count > count else { return self }
    var result = ""
    var length = 0
    for character in self {
      length += character.utf8.count
      guard length <= count else { break }
      result.append(character)
    }
    return result
  }
}
