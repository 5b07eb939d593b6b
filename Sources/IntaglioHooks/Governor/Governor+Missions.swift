public import Intaglio
internal import IntaglioFormat

extension Governor {
  /// The checkpoints of a mission that this process's log began, from the newest back.
  public func checkpoints(ofMission mission: String) async throws(GovernorError) -> [Checkpoint] {
    try await perform { core throws(GovernorError) in
      let space = try core.mission(mission)
      return try governing { () throws(LogError) in
        var checkpoints: [Checkpoint] = []
        for checkpoint in space.checkpoints { checkpoints.append(try checkpoint.get()) }
        return checkpoints
      }
    }
  }

  /// What taking `mission` back to `checkpoint` would change; changes nothing.
  public func previewRollback(
    ofMission mission: String, to checkpoint: Checkpoint
  ) async throws(GovernorError) -> RollbackPreview {
    try await perform { core throws(GovernorError) in
      let space = try core.mission(mission)
      return try governingAny { try space.previewRollback(to: checkpoint) }
    }
  }

  /// Makes the state that `mission` had at `checkpoint` current again; the log keeps all that happened since.
  ///
  /// Denials, limits and what was used of them are never taken back. Synced when it returns.
  /// - Parameters:
  ///   - reason: for people, up to 4,096 bytes.
  ///   - by: who does it, up to 255 bytes.
  /// - Throws: `mission_live` while a run of the mission goes on; `invalid`, `engine`.
  public func rollback(
    mission: String, to checkpoint: Checkpoint, reason: String, by: String
  ) async throws(GovernorError) {
    try await perform { core throws(GovernorError) in
      let space = try core.mission(mission)
      if let run = core.runs.values.first(where: { $0.missionName == mission }) {
        throw GovernorError(
          .missionLive,
          "the run \(escaped(run.id)) of the mission \(escaped(mission)) goes on: end it, then roll back"
        )
      }
      let receipt = try governingAny {
        try space.rollback(to: checkpoint, reason: reason, by: by)
      }
      var event = Event(.rollbackDone)
      event.set(Attribute.mission, mission)
      event.set(Attribute.checkpoint, Int(checkpoint.sequence.rawValue))
      event.set(Attribute.label, checkpoint.label)
      event.set(Attribute.reason, reason)
      event.set(Attribute.by, by)
      core.note(receipt)
      try core.append([event], to: core.stream)
      // They knew another state: they cannot go on with this one.
      core.paused = core.paused.filter { $0.value.missionName != mission }
    }
  }

  /// Does `body` on the governor's thread, for no run.
  private func perform<Value: Sendable>(
    _ body: @escaping @Sendable (GovernorCore) throws(GovernorError) -> Value
  ) async throws(GovernorError) -> Value {
    try await store.thread.perform(
      durably: true, timeout: options.timeoutNanoseconds, body
    ).get()
  }
}

extension GovernorCore {
  /// The state of a mission that is there.
  func mission(_ name: String) throws(GovernorError) -> StateSpace {
    try governing { () throws(LogError) in
      let space = Self.spaceName(ofMission: name)
      guard try log.snapshot().stream(named: "state/" + space) != nil else {
        throw LogError(
          .notFound,
          "there is no mission \(escaped(name)) in \(log.path): `intaglio runs` lists what there is"
        )
      }
      return try log.stateSpace(named: space)
    }
  }
}

/// Runs `body`, which throws nothing but the engine's errors, and turns them into the governor's.
func governingAny<T>(_ body: () throws -> T) throws(GovernorError) -> T {
  do { return try body() } catch {
    throw (error as? LogError).map(GovernorError.init) ?? GovernorError(.engine, "\(error)")
  }
}
