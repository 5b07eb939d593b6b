internal import Intaglio
internal import IntaglioFormat

extension GovernedRun {
  /// Waits until people have decided on a call that was sent to review, or until its ticket has expired or was voided.
  ///
  /// Only the task waits; nothing else of the program does. A task that is cancelled stops waiting, and the ticket stays open.
  /// - Returns: the decision, now allowed or denied.
  /// - Throws: `CancellationError`; `invalid` if the decision was not sent to review by this run.
  public func waitForReview(_ decision: ToolDecision) async throws -> ToolDecision {
    let number = decision.number
    guard decision.run === self, decision.effect == .review, decision.isRecorded else {
      throw GovernorError(
        .invalid, "call \(number) of \(escaped(decision.call.tool.description)) waits for no review"
      )
    }
    let answer = Answer<Ticket.State>()
    try await performInRun(durably: true) { core, run throws(GovernorError) in
      try core.wait(forReviewOf: number, run, answer)
    }
    let state = await withTaskCancellationHandler {
      await answer.wait()
    } onCancel: {
      answer.giveUp(GovernorError(.runOver, "the task was cancelled"))
    }
    try Task.checkCancellation()
    _ = try state.get()
    return try await reviewed(decision)
  }

  /// What became of a call that was sent to review: still waiting, allowed, or denied.
  public func reviewed(_ decision: ToolDecision) async throws(GovernorError) -> ToolDecision {
    let number = decision.number
    let answer = try await performInRun { core, run throws(GovernorError) in
      try core.answer(afterReviewOf: number, run)
    }
    return ToolDecision(answer, of: self)
  }
}

extension GovernorCore {
  /// Has `answer` given when the ticket of a call is decided; at once if it is.
  func wait(
    forReviewOf number: Int, _ run: RunState, _ answer: Answer<Ticket.State>
  ) throws(GovernorError) {
    guard run.calls.indices.contains(number), let ticket = run.calls[number].ticket else {
      throw GovernorError(.invalid, "call \(number) of the run \(escaped(run.id)) has no ticket")
    }
    guard let open = tickets[ticket], open.state == .open else {
      answer.give(.success(tickets[ticket]?.state ?? .voided))
      return
    }
    waiters[ticket, default: []].append(answer)
  }

  /// What the ticket of a call says now.
  func answer(afterReviewOf number: Int, _ run: RunState) throws(GovernorError) -> Answered {
    try expireTickets()
    guard run.calls.indices.contains(number), let id = run.calls[number].ticket else {
      throw GovernorError(.invalid, "call \(number) of the run \(escaped(run.id)) has no ticket")
    }
    let call = run.calls[number].call
    let ticket = tickets[id]
    switch ticket?.state {
    case .open:
      return Answered(
        call: call, number: number, effect: .review,
        message: "The call of \(call.tool.name) waits for a person's review.",
        reason: ticket?.reason ?? "", deciders: ["review"], abortsRun: false, ticket: ticket)
    case .approved:
      if run.calls[number].progress == .refused { run.calls[number].progress = .allowed }
      return Answered(
        call: call, number: number, effect: .allow, message: "", reason: "",
        deciders: ["review"], abortsRun: false, ticket: ticket)
    default:
      // As a denial by rule does.
      if run.calls[number].abortsIfDenied { run.isAborted = true }
      return Answered(
        call: call, number: number, effect: .deny,
        message:
          "The call of \(call.tool.name) was not approved. Do not try it again; go on without it.",
        reason: "the review was rejected, has expired or was voided", deciders: ["review"],
        abortsRun: run.calls[number].abortsIfDenied)
    }
  }
}
