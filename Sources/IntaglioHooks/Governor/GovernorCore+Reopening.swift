internal import Intaglio
internal import IntaglioFormat

extension GovernorCore {
  /// Records what was live when the log's last writer ended, and settles what it had reserved.
  ///
  /// Costs the records of the live runs.
  func reopen() throws(GovernorError) {
    var live: [(id: String, run: LiveRun)] = []
    try governing { () throws(LogError) in
      let state = space.current
      for entry in try state.entries(in: Self.liveRuns) {
        let entry = try entry.get()
        let id = String(decoding: entry.key.key, as: UTF8.self)
        guard let run = LiveRun(try state.value(of: entry)) else {
          throw LogError(
            .damaged, "the governor's state says of the run \(id) what cannot be read",
            verdict: .corrupt)
        }
        live.append((id, run))
      }
    }
    for (id, run) in live { try recover(id, run) }
  }

  private func recover(_ id: String, _ run: LiveRun) throws(GovernorError) {
    let name = Self.streamName(ofRun: id)
    let trail = try governing { () throws(LogError) -> RunTrail? in
      let snapshot = log.snapshot()
      guard let stream = try snapshot.stream(named: name) else { return nil }
      return try RunTrail(snapshot, stream, countingFrom: run.from)
    }
    // Nothing but its announcement was recorded.
    guard let trail, trail.hasStarted else { return try settle(id, [:]) }
    if trail.isPaused {
      return try settle(id, trail.reserved, pausedMission: run.mission)
    }
    if !trail.isOver {
      try voidTickets(ofInterrupted: id, trail.stream)
      var events: [Event] = []
      for call in trail.openCalls {
        var event = Event(call.hasStarted ? .toolOrphaned : .toolAbandoned)
        event.set(Attribute.call, call.number)
        event.set(Attribute.tool, call.tool)
        event.set(Attribute.toolCallID, call.id)
        events.append(event)
      }
      events.append(Event(.runOrphaned))
      try append(events, to: trail.stream)
    }
    try settle(id, trail.reserved)
  }
}
