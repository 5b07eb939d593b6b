public import Intaglio
internal import IntaglioFormat
internal import IntaglioStorage

/// One run of an agent under a governor.
///
/// All methods may be called from any task, also at the same time: the tools of one turn run side by side.
public final class GovernedRun: Sendable {
  /// The run's name in its log: the stream `run/ID`.
  public let id: String
  /// The W3C trace of the run, 32 hexadecimal digits.
  public let traceID: String
  let governor: Governor
  private let failure = Locked<GovernorError?>(nil)
  /// What judges calls that cannot be recorded, where that was chosen.
  let fallback: Locked<Fallback>

  /// What a run knows of itself without the engine.
  struct Fallback: Sendable {
    var policy: LoadedPolicy
    var agent: String
    /// What the mission's agents hold, as far as the run has heard.
    var capabilities: Capabilities?
    /// How many events were not recorded since the engine failed; nil while it works.
    var gapCount: Int?
  }

  init(_ governor: Governor, id: String, traceID: String, agent: String, policy: LoadedPolicy) {
    self.governor = governor
    self.id = id
    self.traceID = traceID
    fallback = Locked(Fallback(policy: policy, agent: agent))
  }

  /// Does `body` on the governor's thread; an engine that cannot record ends the run.
  func perform<Value: Sendable>(
    durably: Bool, _ body: @escaping @Sendable (GovernorCore) throws(GovernorError) -> Value
  ) async throws(GovernorError) -> Value {
    if let failure = failure.withLock({ $0 }) { throw over(failure) }
    let outcome = await governor.store.thread.perform(
      durably: durably, timeout: governor.options.timeoutNanoseconds, body)
    do throws(GovernorError) { return try outcome.get() } catch {
      if error.isOfEngine, governor.options.onEngineError == .deny { abort(error) }
      throw error
    }
  }

  /// As `perform(durably:_:)`, with the run as the thread knows it.
  func performInRun<Value: Sendable>(
    durably: Bool = false,
    _ body: @escaping @Sendable (GovernorCore, RunState) throws(GovernorError) -> Value
  ) async throws(GovernorError) -> Value {
    let id = id
    return try await perform(durably: durably) { core throws(GovernorError) in
      try body(core, core.run(id))
    }
  }

  /// Tells the engine of an event; if it cannot record and that was chosen to be counted, counts it and gives false.
  @discardableResult
  func tell(
    durably: Bool = false,
    _ body: @escaping @Sendable (GovernorCore, RunState) throws(GovernorError) -> Void
  ) async throws(GovernorError) -> Bool {
    if countGap(ifFailed: true) { return false }
    do throws(GovernorError) {
      try await performInRun(durably: durably, body)
      return true
    } catch {
      guard error.mayBeCounted, governor.options.onEngineError == .allowAndCount else {
        throw error
      }
      _ = countGap(ifFailed: false)
      return false
    }
  }

  /// Counts an event that is not recorded; with `ifFailed` only if one before it was not.
  ///
  /// Once the engine has failed in a run, the rest of the run is counted: nobody could tell what a part of it is worth.
  func countGap(ifFailed: Bool) -> Bool {
    fallback.withLock { fallback in
      if ifFailed, fallback.gapCount == nil { return false }
      fallback.gapCount = (fallback.gapCount ?? 0) + 1
      return true
    }
  }

  private func abort(_ error: GovernorError) {
    let isFirst = failure.withLock { failure in
      defer { failure = failure ?? error }
      return failure == nil
    }
    guard isFirst else { return }
    // Behind what was asked for and may still be done: an engine that only was slow has no run that nobody can end.
    governor.store.thread.order { [id] core in
      guard let run = core.runs[id] else { return }
      var event = Event(.runFailed)
      event.set(Attribute.turn, run.turn)
      event.set(Attribute.errorType, error.code.rawValue)
      event.set(Attribute.message, error.message)
      try? core.end(run, event)
    }
  }

  private func over(_ failure: GovernorError) -> GovernorError {
    GovernorError(
      .runOver, "the run \(escaped(id)) is over: \(failure.message)", cause: failure.cause)
  }

  /// Ends the run as one that did what it was to do.
  ///
  /// Calls that were allowed and never used are recorded as abandoned. Returns when all of the run is synced.
  /// - Parameter output: the final output, for people.
  public func end(output: String? = nil) async throws(GovernorError) {
    let captured = await governor.capture()
    try await tell(durably: true) { core, run throws(GovernorError) in
      var event = Event(.runEnd)
      event.set(Attribute.turn, run.turn)
      event.set(Attribute.output, run.policy.redacted(output))
      run.captured = captured
      try core.checkpoint(run, label: "run.end")
      try core.end(run, event)
    }
    await reportGap()
  }

  /// Ends the run as one that failed with `error`.
  public func fail(_ error: any Error) async throws(GovernorError) {
    let type = error is CancellationError ? "cancelled" : String(describing: Swift.type(of: error))
    try await fail(type: type, message: "\(error)")
  }

  /// Ends the run as one that failed.
  ///
  /// - Parameters:
  ///   - type: the kind of failure, as OpenTelemetry's `error.type`: `max_turns`, `cancelled`, the name of an error.
  ///   - message: what happened.
  public func fail(type: String, message: String) async throws(GovernorError) {
    let captured = await governor.capture()
    try await tell(durably: true) { core, run throws(GovernorError) in
      try core.keepSeen(captured, run)
      var event = Event(.runFailed)
      event.set(Attribute.turn, run.turn)
      event.set(Attribute.errorType, type)
      event.set(Attribute.message, run.policy.redacted(message))
      try core.end(run, event)
    }
    await reportGap()
  }

  /// Hands what was not recorded to the governor, which records it when it can.
  private func reportGap() async {
    let count = fallback.withLock { fallback -> Int in
      guard let count = fallback.gapCount else { return 0 }
      fallback.gapCount = 0
      return count
    }
    guard count > 0 else { return }
    governor.store.gaps.withLock { $0.append(Gap(run: id, count: count)) }
    await governor.recordGaps()
  }

  /// Records that the run waits for something outside, and takes no calls until `resume()`.
  ///
  /// A run that is paused when its process ends stays paused. Synced when it returns; this object is of no more use then,
  /// `Governor.resume` gives another, in any process.
  /// - Parameters:
  ///   - reason: for people.
  ///   - state: what the framework goes on from, kept as it is; the log's copy is what counts.
  public func pause(reason: String, state: String? = nil) async throws(GovernorError) {
    let captured = await governor.capture()
    try await performInRun(durably: true) { core, run throws(GovernorError) in
      run.captured = captured
      try core.pause(run, reason: reason, state: state)
    }
  }

  /// Judges the run's calls by `policy` from now on; its text and the change are records.
  public func use(_ policy: Policy?) async throws(GovernorError) {
    let loaded = LoadedPolicy(policy: policy)
    try await performInRun(durably: true) { core, run throws(GovernorError) in
      try core.record(loaded)
      try core.voidTickets(because: "the policy was replaced") { $0.run == run.id }
      var event = Event(.policyLoaded)
      event.set(Attribute.policy, loaded.name)
      try core.append([event], to: run.stream)
      run.policy = loaded
      try core.forgetStricterPolicies(run)
    }
    fallback.withLock { $0.policy = loaded }
  }

  /// Names the state of the run's mission, so that one can come back to it.
  ///
  /// - Parameter label: for people, up to 255 bytes.
  @discardableResult
  public func checkpoint(label: String) async throws(GovernorError) -> Checkpoint {
    let captured = await governor.capture()
    let sequence = try await performInRun(durably: true) { core, run throws(GovernorError) in
      run.captured = captured
      return try core.checkpoint(run, label: label)
    }
    return try await performInRun { core, run throws(GovernorError) in
      try governing { () throws(LogError) in try run.mission.checkpoint(at: sequence) }
    }
  }

  /// Changes the state of the run's mission, as `StateSpace.transaction`.
  ///
  /// - Throws: `invalid` also for what the governor keeps itself: capabilities, policy, participants and the memory's index.
  public func change(
    _ body: @escaping @Sendable (inout StateTransaction) throws(LogError) -> Void
  ) async throws(GovernorError) {
    try await performInRun { core, run throws(GovernorError) in
      core.note(
        try governingAny {
          try run.mission.transaction { transaction in
            try body(&transaction)
            try MissionState.check(transaction)
          }
        })
    }
  }

  /// The value of `key` in `component` of the mission's state, or nil if there is none.
  public func value(_ component: String, _ key: String) async throws(GovernorError) -> [UInt8]? {
    try await performInRun { core, run throws(GovernorError) in
      try governing { () throws(LogError) in try run.mission.value(component, key) }
    }
  }
}
