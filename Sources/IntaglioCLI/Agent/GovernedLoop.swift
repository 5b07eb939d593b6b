internal import IntaglioHooks

/// An agent loop as a governed run: begun, ended or paused with it, and gone on with from the log's copy.
struct GovernedLoop: Sendable {
  enum Ending: Hashable, Sendable {
    case said(String)
    /// The run waits for people; any process may go on with it.
    case paused
  }

  let governor: Governor
  /// The agents, whose tools work on what the run governs.
  let agents: @Sendable (GovernedRun) -> [Agent]

  /// Begins a run of the agent that `description` names.
  func run(_ description: RunDescription, input: String) async throws -> Ending {
    let run = try await governor.start(description)
    return try await finish(run) { loop in try await loop.run(description.agent, input: input) }
  }

  /// Goes on with the paused run `id`.
  func resume(_ id: String) async throws -> Ending {
    let resumed = try await governor.resume(id)
    return try await finish(resumed.run) { loop in
      guard let state = resumed.pausedState.flatMap(LoopState.init) else { throw NotPausedByLoop() }
      return try await loop.resume(state, reviews: resumed.reviews)
    }
  }

  private func finish(
    _ run: GovernedRun, _ body: (AgentLoop) async throws -> AgentLoop.Ending
  ) async throws -> Ending {
    let ending: AgentLoop.Ending
    do { ending = try await body(AgentLoop(agents: agents(run), hooks: run)) } catch {
      // The loop's error is the caller's to hear; what could not be recorded is recorded at the next opening.
      try? await run.fail(error)
      throw error
    }
    switch ending {
    case .said(let output):
      try await run.end(output: output)
      return .said(output)
    case .paused(let state):
      try await run.pause(reason: "waits for people", state: state.text)
      return .paused
    }
  }
}

/// A paused run was to go on whose state another program made.
struct NotPausedByLoop: Error, CustomStringConvertible {
  var description: String { "the run was paused by another program than this one" }
}
