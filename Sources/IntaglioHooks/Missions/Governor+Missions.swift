public import Intaglio
internal import IntaglioFormat

/// What is done with a mission while no run of it has to be live.
extension Governor {
  /// The state of `mission`, as it is now or as it was at `checkpoint`: its values, entries and counts, and how two differ.
  ///
  /// The view never changes, may be read from any thread, and has what was changed and is not yet synced.
  /// - Throws: `no_mission`, `mission_elsewhere`; `invalid` if `checkpoint` is another mission's; `engine`.
  public func state(
    ofMission mission: String, at checkpoint: Checkpoint? = nil
  ) async throws(GovernorError) -> StateView {
    try await perform { core throws(GovernorError) in
      let space = try core.mission(mission)
      guard let checkpoint else { return space.current }
      do throws(LogError) { return try space.state(at: checkpoint) } catch {
        // Nothing is wrong with the engine.
        throw error.code == .notFound
          ? GovernorError(.invalid, error.message, cause: error) : GovernorError(error)
      }
    }
  }

  /// The value of `key` in `component` of the state of `mission`, or nil if there is none.
  ///
  /// - Throws: as `state(ofMission:at:)`.
  public func value(
    mission: String, component: String, key: String
  ) async throws(GovernorError) -> [UInt8]? {
    let state = try await state(ofMission: mission)
    return try governing { () throws(LogError) in try state.value(component, key) }
  }

  /// Changes the state of `mission`, as `StateSpace.transaction`; runs of it that are live go on with what it is then.
  ///
  /// A mission that nobody has begun begins with it, in the log that this process writes. Who changed it, and why, is recorded as
  /// `mission.changed`; nothing is where nothing changes. Synced when it returns.
  /// - Parameters:
  ///   - by: who does it, 1 to 200 bytes without control characters.
  ///   - reason: for people, up to 4,096 bytes.
  /// - Throws: `rollback_pending` while the mission is taken back; `mission_elsewhere`; `invalid` for names that are not allowed, and
  ///   for what the governor keeps itself: capabilities, policy, participants and the memory's index; `engine`.
  public func change(
    mission: String, by: String, reason: String = "",
    _ body: @escaping @Sendable (inout StateTransaction) throws(LogError) -> Void
  ) async throws(GovernorError) {
    try RunDescription.check(mission, "mission")
    try RunDescription.checkProvenance(by: by, reason: reason)
    try await perform { core throws(GovernorError) in
      try core.change(mission: mission, by: by, reason: reason, body)
    }
  }

  /// Which tools the agents of `mission` hold, as patterns by agent: nil if every agent holds every tool.
  ///
  /// - Throws: `no_mission`, `mission_elsewhere`; `engine`.
  public func capabilities(
    ofMission mission: String
  ) async throws(GovernorError) -> [String: [String]]? {
    try await perform { core throws(GovernorError) in
      try core.effectiveCapabilities(ofMission: mission, core.mission(mission))?.texts
    }
  }

  /// Gives `agent` the tools that `pattern` names, in all runs of `mission`; as `GovernedRun.grant`.
  ///
  /// - Returns: what the agent holds now.
  /// - Throws: `rollback_pending` while the mission is taken back, which would take the grant back as well; `no_mission`,
  ///   `mission_elsewhere`; `invalid` for what is no pattern or no name; `engine`.
  @discardableResult
  public func grant(
    _ pattern: String, to agent: String, inMission mission: String, by: String
  ) async throws(GovernorError) -> [String] {
    let pattern = try Capabilities.checked(pattern, agent: agent, by: by)
    return try await perform { core throws(GovernorError) in
      let subject = try core.capabilitySubject(mission)
      try core.checkNoRollback(of: mission)
      return try core.grant(pattern, to: agent, by: by, subject).texts(of: agent)
    }
  }

  /// Takes from `agent` what was granted as `pattern`, in all runs of `mission`; as `GovernedRun.revoke`.
  ///
  /// Also while the mission is taken back: no rollback brings back what was revoked.
  /// - Returns: what the agent holds now.
  /// - Throws: `no_mission`, `mission_elsewhere`; `invalid` for what is no pattern or no name, or if the mission restricts nobody;
  ///   `engine`.
  @discardableResult
  public func revoke(
    _ pattern: String, from agent: String, inMission mission: String, by: String
  ) async throws(GovernorError) -> [String] {
    let pattern = try Capabilities.checked(pattern, agent: agent, by: by)
    return try await perform { core throws(GovernorError) in
      try core.revoke(pattern, from: agent, by: by, core.capabilitySubject(mission))
        .texts(of: agent)
    }
  }
}
