package import Intaglio
package import IntaglioFormat

/// A mission as its log has it: its runs, its state and its checkpoints.
package struct MissionFile: Sendable {
  /// The name of a state that one can come back to, and the run that gave it.
  package struct NamedState: Sendable {
    package let checkpoint: Checkpoint
    /// Nil if it was made outside of a run.
    package let run: String?
  }

  package let name: String
  package let part: StoreReader.Part
  /// In the order in which they began.
  package let runs: [RunSummary]
  package let state: StateView
  /// The oldest first.
  package let checkpoints: [NamedState]
  /// Those that are open or approved, the oldest first.
  package let tickets: [TicketFile]
  /// When the newest record of its runs or its state was made.
  package let lastActivity: Timestamp?

  /// Which tools its agents hold, as patterns by agent; nil if every agent holds every tool.
  package func capabilities() throws(LogError) -> [String: [String]]? {
    guard let governor = try part.snapshot.state(ofSpace: GovernorCore.spaceName) else {
      return nil
    }
    return try Capabilities.effective(ofMission: name, state, governor: governor)?.texts
  }

  /// The runs that have not come to an end.
  package var openRuns: [RunSummary] { runs.filter { $0.state == .live || $0.state == .paused } }
}

extension StoreReader.Part {
  /// All missions of the log, in the order in which they began; costs its records.
  package func missions() throws -> [MissionFile] { try missions { _ in true } }

  /// The mission `name`, or nil if it is not in this log; costs its records, and one of every other run.
  package func mission(_ name: String) throws -> MissionFile? {
    try missions { $0.isSame(as: name) }.first
  }

  private func missions(_ isWanted: (String) -> Bool) throws -> [MissionFile] {
    let prefix = GovernorCore.spaceName(ofMission: "")
    let names = try snapshot.stateSpaceNames().compactMap { name in
      name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil
    }.filter(isWanted)
    guard !names.isEmpty else { return [] }
    // By bytes: strings that Unicode calls equivalent are two names.
    var runs: [[UInt8]: [MissionRun]] = [:]
    for (id, stream) in try self.runs() {
      guard let run = try missionRun(id, stream, isWanted) else { continue }
      runs[Array(run.summary.mission.utf8), default: []].append(run)
    }
    let tickets = try self.tickets()
    return try names.compactMap { name in
      try mission(
        name, runs[Array(name.utf8)] ?? [], tickets.filter { $0.ticket.mission.isSame(as: name) })
    }
  }

  private struct MissionRun {
    var summary: RunSummary
    /// The records of the checkpoints that it made.
    var checkpoints: [Int] = []
  }

  /// Reads a run; stops at its first event if its mission is none that is wanted.
  private func missionRun(
    _ id: String, _ stream: LogStream, _ isWanted: (String) -> Bool
  ) throws -> MissionRun? {
    var run = MissionRun(summary: RunSummary(id: id))
    for result in snapshot.records(of: stream.number) {
      guard let event = try RecordedEvent(try result.get()) else { continue }
      run.summary.note(event)
      guard isWanted(run.summary.mission) else { return nil }
      if event.kind == .checkpointCreated, let number = event.integer(Attribute.checkpoint) {
        run.checkpoints.append(number)
      }
    }
    return run
  }

  private func mission(
    _ name: String, _ runs: [MissionRun], _ tickets: [TicketFile]
  ) throws -> MissionFile? {
    let space = GovernorCore.spaceName(ofMission: name)
    guard let state = try snapshot.state(ofSpace: space) else { return nil }
    var makers: [Int: String] = [:]
    for run in runs {
      for number in run.checkpoints { makers[number] = run.summary.id }
    }
    var checkpoints: [MissionFile.NamedState] = []
    try state.checkpoints.forEach { checkpoint in
      let run = makers[Int(clamping: checkpoint.sequence.rawValue)]
      checkpoints.append(.init(checkpoint: checkpoint, run: run))
    }
    var times = runs.compactMap(\.summary.end)
    if let stream = try snapshot.stream(named: "state/" + space) {
      for result in snapshot.recordsBackwards(of: stream.number).prefix(1) {
        times.append(try result.get().time)
      }
    }
    return MissionFile(
      name: name, part: self, runs: runs.map(\.summary), state: state,
      checkpoints: checkpoints.reversed(), tickets: tickets, lastActivity: times.max())
  }
}
