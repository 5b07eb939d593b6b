internal import Intaglio
internal import IntaglioFormat

extension GovernorCore {
  /// The component of the governor's state that has the paused runs, with their missions.
  static let pausedRuns = "paused"

  /// Records that a run waits; what it reserved is settled, because it may wait for long.
  ///
  /// Not while a tool of it runs: the next opening looks only through live runs for starts without an end.
  func pause(_ run: RunState, reason: String) throws(GovernorError) {
    let running = run.calls.count { $0.progress == .started }
    guard running == 0 else {
      throw GovernorError(
        .invalid,
        "\(running) tools of the run \(escaped(run.id)) are running: pause it when they have ended")
    }
    var event = Event(.runPaused)
    event.set(Attribute.turn, run.turn)
    event.set(Attribute.reason, run.policy.redacted(reason))
    try checkpoint(run, label: "run.paused")
    try append([event], to: run.stream)
    runs[run.id] = nil
    paused[run.id] = run
    try settle(run.id, run.reserved.filter { $0.key.scope != .run }, pausedMission: run.missionName)
    // What is counted for the run itself stays with it.
    run.reserved = run.reserved.filter { $0.key.scope == .run }
  }

  /// Records that a run which this process paused goes on.
  func resume(_ id: String) throws(GovernorError) {
    guard let run = paused[id] else {
      throw GovernorError(
        .runOver,
        "the run \(escaped(id)) is not paused here, or its mission was rolled back since")
    }
    let live = LiveRun(mission: run.missionName, from: end)
    try change { transaction throws(LogError) in
      try transaction.remove(Self.pausedRuns, id)
      try transaction.set(live.encoded, Self.liveRuns, id)
    }
    paused[id] = nil
    runs[id] = run
    try append([Event(.runResumed)], to: run.stream)
  }
}
