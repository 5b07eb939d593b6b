internal import Intaglio
internal import IntaglioFormat
internal import SystemPackage

extension GovernorCore {
  static func spaceName(ofMission mission: String) -> String { "mission/" + mission }
  static func streamName(ofRun run: String) -> String { "run/" + run }

  /// Begins a run: its stream, its mission's state and its first record.
  func start(
    _ description: RunDescription, id: String, policy: LoadedPolicy, trace: TraceContext,
    captured: [String: String]?
  ) throws(GovernorError) {
    guard runs[id] == nil, try isNew(id) else {
      throw GovernorError(
        .invalid, "a run is named \(escaped(id)) already: choose another name, or none")
    }
    let named = description.mission ?? description.conversation
    if let named { try checkIsHere(named) }
    let mission = named ?? id
    try checkNoRollback(of: mission)
    try record(policy)
    try change { transaction throws(LogError) in
      try transaction.set(LiveRun(mission: mission, from: .zero).encoded, Self.liveRuns, id)
      let conversation = description.conversation
      try transaction.set(
        Array((conversation ?? "").utf8), Self.missionRuns, mission + "\n" + id)
      if let conversation { try note(useOf: conversation, by: mission, in: &transaction) }
    }
    let (stream, space) = try governing { () throws(LogError) in
      (
        try log.stream(named: Self.streamName(ofRun: id)),
        try log.stateSpace(named: Self.spaceName(ofMission: mission))
      )
    }
    let parent = description.parent
    let isTainted = if let parent { try hasTaint(parent) } else { false }
    let run = RunState(
      id: id, stream: stream, mission: space, missionName: mission, policy: policy,
      agent: description.agent, isTainted: isTainted)
    run.captured = captured
    run.stricter = try stricterPolicies(mission, besides: policy)
    note(
      try governingAny {
        try space.transaction { transaction in
          try transaction.set(Array(policy.name.utf8), Self.policyComponent, Self.policyKey)
        }
      })
    let capabilities = try capabilitiesToBegin(description, space, named: mission)
    var event = Event(.runStart)
    event.set(Attribute.run, id)
    event.set(Attribute.mission, mission)
    event.set(Attribute.agentID, description.agent)
    event.set(Attribute.conversationID, description.conversation)
    event.set(Attribute.parentRun, description.parent)
    event.set(Attribute.policy, policy.name)
    event.set(Attribute.tainted, if: run.isTainted)
    event.set(Attribute.capabilities, capabilities?.json)
    event.set(Attribute.traceID, trace.traceID)
    event.set(Attribute.spanID, trace.spanID)
    event.set(Attribute.parentSpanID, trace.parentSpanID)
    event.set(Attribute.framework, description.framework?.name)
    event.set(Attribute.frameworkTraceID, description.framework?.traceID)
    event.set(Attribute.frameworkGroupID, description.framework?.groupID)
    try append([event], to: stream)
    runs[id] = run
    try grantAtStart(capabilities, run)
    try checkpoint(run, label: "run.start")
  }

  /// Whether the run `parent` has read what is not to be trusted, and hands that on; also if nobody here can tell.
  private func hasTaint(_ parent: String) throws(GovernorError) -> Bool {
    if let run = runs[parent] { return run.isTainted }
    return try governing { () throws(LogError) in
      let snapshot = log.snapshot()
      let name = Self.streamName(ofRun: parent)
      guard let stream = try snapshot.stream(named: name) else { return true }
      return try RunTrail(snapshot, stream, countingFrom: .zero).isTainted
    }
  }

  /// Refuses a mission that another log of the store began: its state and its limits are there.
  func checkIsHere(_ mission: String) throws(GovernorError) {
    guard !knownMissions.contains(mission) else { return }
    try checkIsNotElsewhere(mission)
    knownMissions.insert(mission)
  }

  /// As `checkIsHere`, for who begins nothing: another process may still begin it there.
  func checkIsNotElsewhere(_ mission: String) throws(GovernorError) {
    let other = try governing { () throws(LogError) in
      try otherLogs.logOfMission(mission)
    }
    if let other {
      throw GovernorError(
        .missionElsewhere,
        "the mission \(escaped(mission)) was begun in \(escaped(other.string)), and this process writes \(escaped(log.path.string)): end the process that writes that log and start this one again, or use another mission"
      )
    }
  }

  private func isNew(_ id: String) throws(GovernorError) -> Bool {
    try governing { () throws(LogError) in
      let name = Self.streamName(ofRun: id)
      return try log.snapshot().stream(named: name) == nil
    }
  }

  /// Ends a run with `event`; calls that were allowed and never used are recorded first.
  func end(_ run: RunState, _ event: Event) throws(GovernorError) {
    var events: [Event] = []
    for (number, state) in run.calls.enumerated() {
      switch state.progress {
      case .allowed: events.append(self.event(.toolAbandoned, run, number))
      case .started: events.append(self.event(.toolOrphaned, run, number))
      case .refused, .ended: break
      }
    }
    try voidTickets(because: "its run is over") { $0.run == run.id }
    events.append(event)
    try append(events, to: run.stream)
    runs[run.id] = nil
    try settle(run.id, run.reserved)
  }

  /// Moves what a run reserved into the governor's state, and takes it off the list of live runs.
  ///
  /// - Parameter pausedMission: the run's mission if it is only paused.
  func settle(
    _ id: String, _ reserved: [CounterKey: LimitCount], pausedMission: String? = nil
  ) throws(GovernorError) {
    let counters = counters
    try change { transaction throws(LogError) in
      try counters.settle(reserved, in: &transaction)
      try noteUse(byRun: id, in: &transaction)
      try transaction.remove(Self.liveRuns, id)
      if let pausedMission {
        try transaction.set(Array(pausedMission.utf8), Self.pausedRuns, id)
      }
    }
    self.counters.forget(reserved)
  }

  /// Names the state of the run's mission, and records it in the run; gives the checkpoint's record.
  @discardableResult
  func checkpoint(_ run: RunState, label: String) throws(GovernorError) -> SequenceNumber {
    let missing = try keepCaptured(run)
    let receipt = try governingAny { try run.mission.orderCheckpoint(label: label) }
    note(receipt)
    var event = Event(.checkpointCreated)
    if !missing.isEmpty {
      event.set(Attribute.notCaptured, .array(missing.map(JSON.string)))
    }
    event.set(Attribute.label, label)
    event.set(Attribute.checkpoint, Int(receipt.sequence.rawValue))
    event.set(Attribute.turn, run.turn)
    try append([event], to: run.stream)
    return receipt.sequence
  }

  /// Puts what the participants gave into the mission's state; gives the names of those that gave nothing.
  private func keepCaptured(_ run: RunState) throws(GovernorError) -> [String] {
    guard let captured = run.captured else { return [] }
    let missing = participants.subtracting(captured.keys).sorted()
    try forgetSeen(ofMission: run.missionName)
    note(
      try governingAny {
        try run.mission.transaction { transaction in
          for (name, text) in captured {
            try transaction.set(Array(text.utf8), Self.participantComponent, name)
          }
          for name in missing { try transaction.remove(Self.participantComponent, name) }
        }
      })
    return missing
  }

  /// An event about the call `number` of `run`.
  func event(_ kind: EventKind, _ run: RunState, _ number: Int) -> Event {
    let call = run.calls[number].call
    var event = Event(kind)
    event.set(Attribute.call, number)
    event.set(Attribute.tool, call.tool.description)
    event.set(Attribute.toolCallID, call.id.isEmpty ? nil : call.id)
    return event
  }
}
