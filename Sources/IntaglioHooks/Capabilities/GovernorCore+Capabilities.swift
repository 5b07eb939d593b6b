internal import Intaglio
internal import IntaglioFormat
internal import IntaglioState
internal import IntaglioStorage

/// The components that say which tools agents hold.
///
/// - What is granted stands in the mission's state, and comes and goes with it.
/// - What is revoked, and that a mission restricts its agents at all, stands in the governor's, and is never rolled back.
/// - A tool is held if its grant is in the mission's state and no revocation stands: after a rollback that is what the checkpoint
///   has and is not revoked since.
enum CapabilityState {
  /// In a mission's state: `agent \n pattern`, with by whom and when.
  static let granted = "capability"
  /// In the governor's state: the missions that restrict their agents.
  static let restricted = "capability"
  /// In the governor's state: `mission \n agent \n pattern`, with by whom and when.
  static let revoked = "revoked"

  static func key(_ agent: String, _ pattern: ToolPattern) -> [UInt8] {
    Array("\(agent)\n\(pattern.text)".utf8)
  }

  static func key(_ mission: String, _ agent: String, _ pattern: ToolPattern) -> [UInt8] {
    Array("\(mission)\n\(agent)\n\(pattern.text)".utf8)
  }

  /// The names in a key; nil if it has not so many.
  static func names(_ key: [UInt8], count: Int) -> [String]? {
    let names = key.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return names.count == count ? names.map { String(decoding: $0, as: UTF8.self) } : nil
  }
}

extension GovernorCore {
  /// What the agents of `mission` hold; nil if it restricts nobody.
  ///
  /// Costs the mission's capabilities and its revocations; the gate keeps it for each run until it changes.
  func effectiveCapabilities(
    ofMission mission: String, _ state: StateSpace
  ) throws(GovernorError) -> Capabilities? {
    try governing { () throws(LogError) in
      let own = space.current
      let restricts = try own.value(CapabilityState.restricted, mission) != nil
      var capabilities = Capabilities()
      var isEmpty = true
      for entry in try state.current.entries(in: CapabilityState.granted) {
        let key = try entry.get().key.key
        isEmpty = false
        // What is no capability gives nobody anything.
        guard let names = CapabilityState.names(key, count: 2),
          let pattern = try? Capabilities.pattern(names[1]), pattern.text.isSame(as: names[1]),
          try own.value(
            CapabilityState.revoked, CapabilityState.key(mission, names[0], pattern)) == nil
        else { continue }
        capabilities.add(pattern, to: names[0])
      }
      return restricts || !isEmpty ? capabilities : nil
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
    try restrict(run)
    let value = provenance("program", run)
    try changeMission(run) { transaction throws(LogError) in
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
    _ pattern: ToolPattern, to agent: String, by: String, _ run: RunState
  ) throws(GovernorError) -> Capabilities? {
    try append([event(.capabilityGranted, pattern, agent, by)], to: run.stream)
    try restrict(run)
    let value = provenance(by, run)
    try changeMission(run) { transaction throws(LogError) in
      try transaction.set(value, CapabilityState.granted, CapabilityState.key(agent, pattern))
    }
    let key = CapabilityState.key(run.missionName, agent, pattern)
    try change { transaction throws(LogError) in
      try transaction.remove(CapabilityState.revoked, key)
    }
    forgetCapabilities(ofMission: run.missionName)
    return try capabilities(run)
  }

  /// Revokes by record; it stands until granted again by record, whatever becomes of the mission's state.
  ///
  /// What takes it away comes first: a crash after it has revoked.
  func revoke(
    _ pattern: ToolPattern, from agent: String, by: String, _ run: RunState
  ) throws(GovernorError) -> Capabilities? {
    guard try capabilities(run) != nil else {
      throw GovernorError(
        .invalid,
        "the mission \(escaped(run.missionName)) restricts no agent, so that there is nothing to revoke: grant what its agents may hold, and they hold nothing else"
      )
    }
    let value = provenance(by, run)
    let key = CapabilityState.key(run.missionName, agent, pattern)
    try change { transaction throws(LogError) in
      try transaction.set(value, CapabilityState.revoked, key)
    }
    forgetCapabilities(ofMission: run.missionName)
    try changeMission(run) { transaction throws(LogError) in
      try transaction.remove(CapabilityState.granted, CapabilityState.key(agent, pattern))
    }
    try append([event(.capabilityRevoked, pattern, agent, by)], to: run.stream)
    try takeBackUncovered(inMission: run.missionName)
    return try capabilities(run)
  }

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
        try close(ticket, .voided, .approvalVoided, reason: "its capability was revoked")
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

  /// From now on agents of the run's mission hold only what they were granted.
  private func restrict(_ run: RunState) throws(GovernorError) {
    let mission = run.missionName
    let value = provenance("program", run)
    try change { transaction throws(LogError) in
      guard try transaction.value(CapabilityState.restricted, mission) == nil else { return }
      try transaction.set(value, CapabilityState.restricted, mission)
    }
    forgetCapabilities(ofMission: mission)
  }

  private func changeMission(
    _ run: RunState, _ body: (inout StateTransaction) throws(LogError) -> Void
  ) throws(GovernorError) {
    note(try governingAny { try run.mission.transaction(body) })
    forgetCapabilities(ofMission: run.missionName)
  }

  private func provenance(_ by: String, _ run: RunState) -> [UInt8] {
    JSON.object([
      .init("at", .string(String(clock.wall()))), .init("by", .string(by)),
      .init("run", .string(run.id)),
    ]).canonical
  }

  private func event(
    _ kind: EventKind, _ pattern: ToolPattern, _ agent: String, _ by: String
  ) -> Event {
    var event = Event(kind)
    event.set(Attribute.agentName, agent)
    event.set(Attribute.capability, pattern.text)
    event.set(Attribute.by, by)
    return event
  }
}
