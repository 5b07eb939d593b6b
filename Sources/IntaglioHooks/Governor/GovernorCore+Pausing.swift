internal import Intaglio
internal import IntaglioFormat
internal import SystemPackage

extension GovernorCore {
  /// The component of the governor's state that has the paused runs, with their missions.
  static let pausedRuns = "paused"

  /// Records that a run waits, with the state that its framework goes on from; what it reserved is settled, because it may wait
  /// for long.
  ///
  /// Not while a tool of it runs: the next opening looks only through live runs for starts without an end.
  func pause(_ run: RunState, reason: String, state: String?) throws(GovernorError) {
    let running = run.calls.count { $0.progress == .started }
    guard running == 0 else {
      throw GovernorError(
        .invalid,
        "\(running) tools of the run \(escaped(run.id)) are running: pause it when they have ended")
    }
    var event = Event(.runPaused)
    event.set(Attribute.turn, run.turn)
    event.set(Attribute.reason, run.policy.redacted(reason))
    event.set(Attribute.state, state)
    try checkpoint(run, label: "run.paused")
    try append([event], to: run.stream)
    runs[run.id] = nil
    try settle(run.id, run.reserved.filter { $0.key.scope != .run }, pausedMission: run.missionName)
    counters.forget(run.reserved.filter { $0.key.scope == .run })
  }

  /// Goes on with a run that was paused, by this process or another, from what the log has of it.
  ///
  /// - Parameter state: what the caller would go on from; it must be what the pause recorded.
  /// - Returns: what the pause recorded, and the calls that were sent to review.
  func resume(_ id: String, state: String?) throws(GovernorError) -> ResumedState {
    let trail = try pausedTrail(id)
    if let state, state != trail.pausedState {
      throw GovernorError(
        .stateDiffers,
        "the run \(escaped(id)) was paused with another state than it is to go on from: resume it from the log's copy, `pausedState`"
      )
    }
    try checkNoRollback(of: trail.mission)
    let policy = try policyOfPaused(id, trail)
    let mission = try governing { () throws(LogError) in
      try log.stateSpace(named: Self.spaceName(ofMission: trail.mission))
    }
    let run = RunState(
      id: id, stream: trail.stream, mission: mission, missionName: trail.mission, policy: policy,
      agent: trail.agent, isTainted: trail.isTainted)
    run.turn = trail.turn
    run.stricter = try stricterPolicies(trail.mission, besides: policy)
    run.reserved = trail.runReserved
    for (key, amount) in run.reserved { counters.reserve(amount, key) }
    run.calls = trail.calls.map { call in callState(call, run: id) }
    for call in run.calls where !call.call.id.isEmpty { run.tools[call.call.id] = call.call.tool }
    let live = LiveRun(mission: trail.mission, from: end)
    try change { transaction throws(LogError) in
      try transaction.remove(Self.pausedRuns, id)
      try transaction.set(live.encoded, Self.liveRuns, id)
    }
    runs[id] = run
    try append([Event(.runResumed)], to: run.stream)
    return ResumedState(
      pausedState: trail.pausedState, agent: trail.agent, policy: policy,
      reviews: try run.calls.indices.filter { run.calls[$0].ticket != nil }
        .map { number throws(GovernorError) in try answer(afterReviewOf: number, run) },
      allowed: run.calls.indices.filter {
        run.calls[$0].ticket == nil && run.calls[$0].progress == .allowed
      }.map { number in
        Answered(
          call: run.calls[number].call, number: number, effect: .allow, message: "", reason: "",
          deciders: [], abortsRun: false)
      })
  }

  /// What going on with a run gives.
  struct ResumedState: Sendable {
    let pausedState: String?
    let agent: String
    let policy: LoadedPolicy
    let reviews: [Answered]
    let allowed: [Answered]
  }

  func pausedTrail(_ id: String) throws(GovernorError) -> RunTrail {
    let trail = try governing { () throws(LogError) -> RunTrail? in
      guard try space.value(Self.pausedRuns, id) != nil else { return nil }
      let snapshot = log.snapshot()
      guard let stream = try snapshot.stream(named: Self.streamName(ofRun: id)) else { return nil }
      return try RunTrail(snapshot, stream, countingFrom: .zero)
    }
    guard let trail, trail.isPaused else {
      throw GovernorError(
        .notPaused,
        "the run \(escaped(id)) is not paused in \(escaped(log.path.string)): it ended, was resumed before, its mission was taken back, or it is in another log; `intaglio runs` tells"
      )
    }
    return trail
  }

  private func policyOfPaused(_ id: String, _ trail: RunTrail) throws(GovernorError) -> LoadedPolicy
  {
    if trail.policy == LoadedPolicy.nameOfNone { return .none }
    guard let policy = policy(named: trail.policy) else {
      throw GovernorError(
        .engine,
        "the policy \(trail.policy) of the run \(escaped(id)) is not in the log: run `intaglio verify`"
      )
    }
    return LoadedPolicy(policy: policy)
  }

  private func callState(_ call: RunTrail.Call, run: String) -> CallState {
    let ticket = tickets.values.first { $0.run == run && $0.call == call.number }
    let progress: CallState.Progress =
      if call.hasEnded { .ended } else if call.hasStarted { .started } else if call.effect == .allow
      {
        .allowed
      } else { .refused }
    var state = CallState(
      call: ToolCall(
        ToolIdentity(call.tool) ?? ToolIdentity(name: call.tool), arguments: call.arguments ?? "",
        id: call.id),
      agent: call.agent, argumentsDigest: call.digest, progress: progress)
    state.ticket = call.effect == .review && !call.hasStarted ? ticket?.id.hex ?? "" : nil
    state.abortsIfDenied = call.aborts
    return state
  }
}
