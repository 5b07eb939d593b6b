internal import Intaglio
internal import IntaglioFormat
internal import IntaglioState
internal import IntaglioStorage

extension GovernorCore {
  /// What the agents of `mission` hold; nil if it restricts nobody.
  ///
  /// The gate keeps it for each run until it changes.
  func effectiveCapabilities(
    ofMission mission: String, _ state: StateSpace
  ) throws(GovernorError) -> Capabilities? {
    try governing { () throws(LogError) in
      try Capabilities.effective(ofMission: mission, state.current, governor: space.current)
    }
  }

  /// What `agent` holds in `mission`: nil if the mission restricts nobody.
  func effectiveCapabilities(
    ofMission mission: String, agent: String
  ) throws(GovernorError) -> [ToolPattern]? {
    try effectiveCapabilities(ofMission: mission, self.mission(mission))?.held(by: agent)
  }

  /// What the agents of the run's mission hold, read once.
  func capabilities(_ run: RunState) throws(GovernorError) -> Capabilities? {
    if case .known(let known) = run.capabilities { return known }
    let capabilities = try effectiveCapabilities(ofMission: run.missionName, run.mission)
    run.capabilities = .known(capabilities)
    return capabilities
  }

  /// Has the live runs of a mission read anew what their agents hold.
  func forgetCapabilities(ofMission mission: String) {
    for run in runs.values where run.missionName.isSame(as: mission) { run.capabilities = .unread }
  }

  /// What a run begins with: what its program gives it, or what its parent's agents hold if it has a mission of its own that
  /// nobody has restricted.
  func capabilitiesToBegin(
    _ description: RunDescription, _ mission: StateSpace, named name: String
  ) throws(GovernorError) -> Capabilities? {
    if let given = description.capabilities { return try Capabilities(given) }
    guard let parent = description.parent, let missionOfParent = try missionName(ofRun: parent),
      !missionOfParent.isSame(as: name),
      try effectiveCapabilities(ofMission: name, mission) == nil
    else { return nil }
    return try effectiveCapabilities(ofMission: missionOfParent, self.mission(missionOfParent))
  }

  /// The mission of a run of this log, live or not; nil if it has no such run.
  private func missionName(ofRun id: String) throws(GovernorError) -> String? {
    if let run = runs[id] { return run.missionName }
    return try governing { () throws(LogError) in
      let snapshot = log.snapshot()
      guard let stream = try snapshot.stream(named: Self.streamName(ofRun: id)) else { return nil }
      let trail = try RunTrail(snapshot, stream, countingFrom: .zero)
      return trail.hasStarted ? trail.mission : nil
    }
  }

  /// Grants what a run begins with, before its first checkpoint.
  ///
  /// A program gives the same with each run: that takes no revocation back.
  func grantAtStart(_ capabilities: Capabilities?, _ run: RunState) throws(GovernorError) {
    guard let capabilities else { return }
    let subject = CapabilitySubject(run)
    try restrict(subject)
    let value = provenance("program", subject)
    try change(subject) { transaction throws(LogError) in
      for (agent, pattern) in capabilities.all {
        let key = CapabilityState.key(agent, pattern)
        guard try transaction.value(CapabilityState.granted, key) == nil else { continue }
        try transaction.set(value, CapabilityState.granted, key)
      }
    }
  }

  /// Grants by record, also what was revoked before.
  ///
  /// The record comes first, and what makes the grant effective last: a crash between them has granted nothing.
  func grant(
    _ pattern: ToolPattern, to agent: String, by: String, _ subject: CapabilitySubject
  ) throws(GovernorError) -> Capabilities {
    try append([event(.capabilityGranted, pattern, agent, by, subject)], to: subject.stream)
    try restrict(subject)
    let value = provenance(by, subject)
    try change(subject) { transaction throws(LogError) in
      try transaction.set(value, CapabilityState.granted, CapabilityState.key(agent, pattern))
    }
    let key = CapabilityState.key(subject.mission, agent, pattern)
    try change { transaction throws(LogError) in
      try transaction.remove(CapabilityState.revoked, key)
    }
    forgetCapabilities(ofMission: subject.mission)
    return try capabilities(subject) ?? Capabilities()
  }

  /// Revokes by record; it stands until granted again by record, whatever becomes of the mission's state.
  ///
  /// What takes it away comes first: a crash after it has revoked.
  func revoke(
    _ pattern: ToolPattern, from agent: String, by: String, _ subject: CapabilitySubject
  ) throws(GovernorError) -> Capabilities {
    let mission = subject.mission
    guard try capabilities(subject) != nil else {
      throw GovernorError(
        .invalid,
        "the mission \(escaped(mission)) restricts no agent, so that there is nothing to revoke: grant what its agents may hold, and they hold nothing else"
      )
    }
    let value = provenance(by, subject)
    let key = CapabilityState.key(mission, agent, pattern)
    try change { transaction throws(LogError) in
      try transaction.set(value, CapabilityState.revoked, key)
    }
    forgetCapabilities(ofMission: mission)
    try change(subject) { transaction throws(LogError) in
      try transaction.remove(CapabilityState.granted, CapabilityState.key(agent, pattern))
    }
    try append([event(.capabilityRevoked, pattern, agent, by, subject)], to: subject.stream)
    try takeBackUncovered(inMission: mission)
    let rest = try capabilities(subject) ?? Capabilities()
    try voidUncoveredTickets(ofPausedRunsIn: mission, rest)
    return rest
  }

  private func capabilities(
    _ subject: CapabilitySubject
  ) throws(GovernorError) -> Capabilities? {
    try effectiveCapabilities(ofMission: subject.mission, subject.state)
  }

  /// The mission `name` as somebody outside of its runs changes what its agents hold.
  func capabilitySubject(_ name: String) throws(GovernorError) -> CapabilitySubject {
    CapabilitySubject(mission: name, state: try mission(name), stream: stream, run: nil)
  }

  /// Voids the tickets of paused runs whose calls `rest` does not cover.
  private func voidUncoveredTickets(
    ofPausedRunsIn mission: String, _ rest: Capabilities
  ) throws(GovernorError) {
    for ticket in tickets.values.sorted(by: { $0.time < $1.time })
    where ticket.mission.isSame(as: mission) && runs[ticket.run] == nil {
      let trail = try governing { () throws(LogError) in
        try RunTrail(log.snapshot(), ticket.stream, countingFrom: .zero)
      }
      guard trail.calls.indices.contains(ticket.call) else { continue }
      let call = trail.calls[ticket.call]
      let tool = ToolIdentity(call.tool) ?? ToolIdentity(name: call.tool)
      guard case .missing = rest.cover(tool, by: call.agent) else { continue }
      try close(ticket, .voided, .approvalVoided, reason: Self.revokedReason)
    }
  }

  private static let revokedReason = "its capability was revoked"

  /// Refuses the calls of live runs that were allowed or wait for people, have not begun, and are covered no more.
  private func takeBackUncovered(inMission mission: String) throws(GovernorError) {
    for run in runs.values where run.missionName.isSame(as: mission) {
      let capabilities = try capabilities(run)
      for number in run.calls.indices {
        let state = run.calls[number]
        guard state.progress == .allowed || state.progress == .refused && state.ticket != nil,
          case .missing = capabilities.cover(state.call.tool, by: state.agent)
        else { continue }
        run.calls[number].progress = .refused
        guard let ticket = state.ticket.flatMap({ tickets[$0] }) else { continue }
        try close(ticket, .voided, .approvalVoided, reason: Self.revokedReason)
      }
    }
  }

  /// Refuses a call that was allowed and whose capability was revoked before its tool began.
  func checkCapability(_ number: Int, _ run: RunState) throws(GovernorError) {
    let state = run.calls[number]
    guard case .missing = try capabilities(run).cover(state.call.tool, by: state.agent) else {
      return
    }
    run.calls[number].progress = .refused
    throw GovernorError(
      .notPermitted,
      "call \(number) of \(escaped(state.call.tool.description)): \(escaped(state.agent)) holds no capability for it any more"
    )
  }

  /// From now on agents of the mission hold only what they were granted.
  private func restrict(_ subject: CapabilitySubject) throws(GovernorError) {
    let mission = subject.mission
    let value = provenance("program", subject)
    try change { transaction throws(LogError) in
      guard try transaction.value(CapabilityState.restricted, mission) == nil else { return }
      try transaction.set(value, CapabilityState.restricted, mission)
    }
    forgetCapabilities(ofMission: mission)
  }

  private func change(
    _ subject: CapabilitySubject, _ body: (inout StateTransaction) throws(LogError) -> Void
  ) throws(GovernorError) {
    note(try governingAny { try subject.state.transaction(body) })
    forgetCapabilities(ofMission: subject.mission)
  }

  private func provenance(_ by: String, _ subject: CapabilitySubject) -> [UInt8] {
    var members: [JSON.Member] = [
      .init("at", .string(String(clock.wall()))), .init("by", .string(by)),
    ]
    if let run = subject.run { members.append(.init("run", .string(run))) }
    return JSON.object(members).canonical
  }

  private func event(
    _ kind: EventKind, _ pattern: ToolPattern, _ agent: String, _ by: String,
    _ subject: CapabilitySubject
  ) -> Event {
    var event = Event(kind)
    if subject.run == nil { event.set(Attribute.mission, subject.mission) }
    event.set(Attribute.agentName, agent)
    event.set(Attribute.capability, pattern.text)
    event.set(Attribute.by, by)
    return event
  }
}
