package import Intaglio
internal import IntaglioStorage
public import SystemPackage

/// What stands between agents and their tools: it records what they do, and decides beforehand what they may do.
///
/// A governor has a store: a directory of logs `0`, `1`, ... of which this process writes one. Governors of one process
/// on one path share it.
///
/// ```swift
/// let governor = try await Governor.open(at: "audit", options: GovernorOptions(policy: policy))
/// let weather = governor.tool("get_weather") { arguments in "sunny" }
/// try await governor.run(agent: "weather-demo") { run in
///   let answer = try await weather(#"{"city":"Berlin"}"#, in: run)
///   print(answer.text)
/// }
/// await governor.close()
/// ```
///
/// - An allowed call's request, decision and start are synced before its tool runs; 64 runs that ask at once share one sync.
/// - No method blocks a thread of the cooperative pool: the engine's work is done on threads of the governor's own. There the
///   bodies of `run` go on as well, so that a question to an idle governor wakes no other thread.
/// - If the engine cannot record, or does not answer in time, the run is over and no tool runs.
public final class Governor: Sendable {
  let store: OpenStore
  let options: GovernorOptions
  private let policy: Locked<LoadedPolicy>
  private let isClosed = Locked(false)

  private init(_ store: OpenStore, _ options: GovernorOptions) {
    self.store = store
    self.options = options
    policy = Locked(LoadedPolicy(policy: options.policy))
  }

  /// Opens the store at `path`, which is made if nothing is there.
  ///
  /// What was live when its last writer ended is recorded as orphaned. Costs the live runs' records, not the log's size.
  /// - Throws: `engine` with the log's error as its cause if a log of the store does not open.
  public static func open(
    at path: FilePath, options: GovernorOptions = GovernorOptions()
  ) async throws(GovernorError) -> Governor {
    try await open(at: path, options: options, surroundings: Surroundings())
  }

  package static func open(
    at path: FilePath, options: GovernorOptions, surroundings: Surroundings
  ) async throws(GovernorError) -> Governor {
    try await open(options) { () throws(GovernorError) in
      try OpenStore.open(at: path, options.log, surroundings)
    }
  }

  /// Opens one log of a store, which no process may be writing; for commands.
  package static func open(logAt path: FilePath) async throws(GovernorError) -> Governor {
    let options = GovernorOptions()
    return try await open(options) { () throws(GovernorError) in
      try OpenStore.open(logAt: path, options.log, Surroundings())
    }
  }

  private static func open(
    _ options: GovernorOptions, _ body: @escaping @Sendable () throws(GovernorError) -> OpenStore
  ) async throws(GovernorError) -> Governor {
    let answer = Answer<OpenStore>()
    let thread = BackgroundThread { answer.give(Result(catching: body)) }
    let outcome = await answer.wait()
    thread.join()
    let governor = Governor(try outcome.get(), options)
    if !options.participants.isEmpty {
      let names = options.participants.map(\.name)
      try await governor.register(names)
      if !options.leavesRollbacks { try await governor.finishRollbacks() }
    }
    return governor
  }

  private func register(_ names: [String]) async throws(GovernorError) {
    for name in names { try RunDescription.check(name, "participant") }
    try await store.thread.perform(durably: false, timeout: options.timeoutNanoseconds) {
      core throws(GovernorError) in core.participants.formUnion(names)
    }.get()
  }

  /// What the participants say now, by name, without those that cannot say it; nil if there are none.
  func capture() async -> [String: String]? {
    guard !options.participants.isEmpty else { return nil }
    var captured: [String: String] = [:]
    for participant in options.participants {
      // What cannot be captured is named in the checkpoint, which cannot be rolled back to then.
      captured[participant.name] = try? await participant.capture()
    }
    return captured
  }

  /// The directory of the log that this process writes.
  public var logPath: FilePath { store.logPath }

  /// Uses `policy` for the runs that begin from now on; its text becomes a record with the first of them.
  ///
  /// Live runs keep the policy that they began with: see `GovernedRun.use(_:)`.
  public func use(_ policy: Policy?) {
    self.policy.withLock { $0 = LoadedPolicy(policy: policy) }
  }

  /// Begins a run; whoever begins it ends it, with `GovernedRun.end` or `fail`.
  ///
  /// - Throws: `invalid` for names that are not allowed, or a run that is there already; `mission_elsewhere`; `engine`.
  public func start(_ description: RunDescription) async throws(GovernorError) -> GovernedRun {
    try checkOpen()
    try description.validate()
    let trace =
      if let text = description.traceparent { try TraceContext(traceparent: text) } else {
        TraceContext()
      }
    let id = description.id ?? "run-" + RandomBytes.hex(words: 1)
    let policy = description.policy.map { LoadedPolicy(policy: $0) } ?? policy.withLock { $0 }
    let run = GovernedRun(
      self, id: id, traceID: trace.traceID, agent: description.agent, policy: policy)
    let given = try description.capabilities.map(Capabilities.init)
    run.fallback.withLock { $0.capabilities = given }
    await recordGaps()
    let captured = await capture()
    do throws(GovernorError) {
      let capabilities = try await run.perform(durably: true) { core throws(GovernorError) in
        try core.start(description, id: id, policy: policy, trace: trace, captured: captured)
        return try core.capabilities(core.run(id))
      }
      run.fallback.withLock { $0.capabilities = capabilities }
    } catch {
      guard error.mayBeCounted, options.onEngineError == .allowAndCount else { throw error }
      _ = run.countGap(ifFailed: false)
    }
    return run
  }

  /// Runs `body` as a run of `agent`: begun before it, ended after it, as failed if it throws.
  ///
  /// The body and the tasks beneath it prefer the governor's threads, one for each processor and one more, as they would prefer
  /// the cooperative pool's: they must not block them either.
  /// - Parameter mission: the governed state to work on; a new one for this run if nil.
  /// - Throws: what `body` throws; `GovernorError` if the run cannot begin or its end cannot be recorded.
  public func run<Value>(
    agent: String, mission: String? = nil, _ body: (GovernedRun) async throws -> Value
  ) async throws -> Value {
    try await run(RunDescription(agent: agent, mission: mission), body)
  }

  /// Runs `body` as the run that `description` says; as `run(agent:mission:_:)`.
  public func run<Value>(
    _ description: RunDescription, _ body: (GovernedRun) async throws -> Value
  ) async throws -> Value {
    try await withTaskExecutorPreference(store.executor) {
      try await perform(description, body)
    }
  }

  private func perform<Value>(
    _ description: RunDescription, _ body: (GovernedRun) async throws -> Value
  ) async throws -> Value {
    let run = try await start(description)
    let value: Value
    do { value = try await body(run) } catch {
      // The body's error is the caller's to hear; what the engine could not record is recorded at the next opening.
      try? await run.fail(error)
      throw error
    }
    try await run.end()
    return value
  }

  /// A tool that runs only with this governor's permits, or another's.
  public func tool(
    _ name: String, _ body: @escaping @Sendable (String) async throws -> String
  ) -> GovernedTool {
    GovernedTool(ToolIdentity(name: name), body: body)
  }

  /// Runs `body` for an allowed call, once.
  ///
  /// Start is recorded and synced, with request and decision, before `body` gets its permit; then its end, whatever it does:
  /// what it returns, `error` for what it throws, `cancelled` for a `CancellationError`, and abandoned if it
  /// returns without having used the permit.
  /// - Throws: `not_permitted` if the call was not allowed, `used` if it ran before, `run_over`, `engine`, `engine_timeout`; what `body` throws.
  public func perform(
    _ decision: ToolDecision, _ body: (consuming ToolPermit) async throws -> ToolOutcome
  ) async throws -> ToolOutcome {
    guard let run = decision.run, run.governor.store === store else {
      throw GovernorError(
        .notPermitted, "the decision is another governor's: its tool was not run")
    }
    return try await run.perform(decision, body)
  }

  /// How many events of ended runs could not be recorded, and wait to be recorded as gaps.
  public var unrecordedEventCount: Int {
    store.gaps.withLock { $0.reduce(0) { $0 + $1.count } }
  }

  /// Records what could not be recorded before, if there is any and the engine works again.
  func recordGaps() async {
    guard unrecordedEventCount > 0 else { return }
    // What could not be recorded is still counted, and tried again with the next run. Taken off the list on the thread, so
    // that of several who come at once one records it.
    _ = await store.thread.perform(durably: true, timeout: options.timeoutNanoseconds) {
      [store] core throws(GovernorError) in
      let gaps = store.gaps.withLock { $0 }
      try core.record(gaps)
      store.gaps.withLock { $0.removeFirst(gaps.count) }
    }
  }

  /// Does `body` on the governor's thread, for no run; synced when it returns.
  func perform<Value: Sendable>(
    _ body: @escaping @Sendable (GovernorCore) throws(GovernorError) -> Value
  ) async throws(GovernorError) -> Value {
    try await store.thread.perform(
      durably: true, timeout: options.timeoutNanoseconds, body
    ).get()
  }

  private func checkOpen() throws(GovernorError) {
    guard !isClosed.withLock({ $0 }) else { throw GovernorThread.closed }
  }

  /// Ends the governor; the store's log is closed with its last governor in this process.
  ///
  /// Runs that are live then are recorded as orphaned. Closing again does nothing; a governor that is dropped is closed.
  public func close() async {
    guard beginClosing() else { return }
    await recordGaps()
    let answer = Answer<Bool>()
    let thread = BackgroundThread { [store] in
      store.close()
      answer.give(.success(true))
    }
    _ = await answer.wait()
    thread.join()
  }

  /// True for the first who closes.
  private func beginClosing() -> Bool {
    isClosed.withLock { isClosed in
      defer { isClosed = true }
      return !isClosed
    }
  }

  deinit {
    // On a thread of its own: whoever drops the governor may be one that must not block, or the governor's own.
    if beginClosing() { BackgroundThread { [store] in store.close() }.detach() }
  }
}
