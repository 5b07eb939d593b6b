public import Intaglio
internal import IntaglioFormat
internal import SystemPackage

extension Governor {
  /// The checkpoints of a mission that this process's log began, from the newest back.
  public func checkpoints(ofMission mission: String) async throws(GovernorError) -> [Checkpoint] {
    try await perform { core throws(GovernorError) in try core.checkpoints(of: mission) }
  }

  /// What taking `mission` back to `checkpoint` would change, void and leave; changes nothing.
  public func previewRollback(
    ofMission mission: String, to checkpoint: Checkpoint
  ) async throws(GovernorError) -> MissionPreview {
    let changed = try await changedParticipants(of: mission)
    return try await perform { core throws(GovernorError) in
      try core.preview(mission, to: checkpoint, changed: changed)
    }
  }

  /// The participants that say, or may have to, that others have changed what they govern.
  private func changedParticipants(of mission: String) async throws(GovernorError) -> [String] {
    guard !options.participants.isEmpty else { return [] }
    let last = try await perform { core throws(GovernorError) in try core.lastCaptured(mission) }
    var changed: [String] = []
    for participant in options.participants {
      guard let captured = last[participant.name] else { continue }
      // Who cannot tell may not be taken for unchanged.
      let isChanged = (try? await participant.isChangedByOthers(since: captured)) ?? true
      if isChanged { changed.append(participant.name) }
    }
    return changed
  }

  /// The checkpoint of a mission with `label`.
  ///
  /// - Throws: `invalid` if there is none, or more than one: the error names them.
  public func checkpoint(
    ofMission mission: String, labelled label: String
  ) async throws(GovernorError) -> Checkpoint {
    try await perform { core throws(GovernorError) in
      let found = try core.checkpoints(of: mission).filter { $0.label == label && !$0.isAutomatic }
      guard let first = found.first else {
        throw GovernorError(
          .invalid, "the mission \(escaped(mission)) has no checkpoint labelled \(escaped(label))")
      }
      guard found.count == 1 else {
        let list = found.map { "\($0.sequence)" }.joined(separator: ", ")
        throw GovernorError(
          .invalid,
          "the mission \(escaped(mission)) has \(found.count) checkpoints labelled \(escaped(label)): \(list); name one by its number"
        )
      }
      return first
    }
  }

  /// The newest checkpoint of a mission whose state differs from now; nil if there is none.
  public func latestCheckpoint(
    ofMission mission: String
  ) async throws(GovernorError) -> Checkpoint? {
    try await perform { core throws(GovernorError) in
      let space = try core.mission(mission)
      let root = try governing { () throws(LogError) in try space.current.root() }
      return try core.checkpoints(of: mission).first { $0.root != root }
    }
  }

  /// The checkpoint with which a run began.
  public func checkpoint(atStartOf run: String) async throws(GovernorError) -> (
    mission: String, checkpoint: Checkpoint
  ) {
    try await perform { core throws(GovernorError) in try core.startCheckpoint(ofRun: run) }
  }

  /// Takes `mission` back to the newest checkpoint whose state differs from now.
  ///
  /// - Returns: what changed; nil if no checkpoint differs.
  /// - Throws: as `rollback(mission:to:reason:by:isForced:)`.
  @discardableResult
  public func rollbackToLatest(
    mission: String, reason: String, by: String, isForced: Bool = false
  ) async throws -> MissionPreview? {
    guard let checkpoint = try await latestCheckpoint(ofMission: mission) else { return nil }
    return try await rollback(
      mission: mission, to: checkpoint, reason: reason, by: by, isForced: isForced)
  }

  /// Takes the mission of `run` back to where the run began.
  ///
  /// - Throws: as `rollback(mission:to:reason:by:isForced:)`.
  @discardableResult
  public func rollback(
    run: String, reason: String, by: String, isForced: Bool = false
  ) async throws -> MissionPreview {
    let (mission, checkpoint) = try await checkpoint(atStartOf: run)
    return try await rollback(
      mission: mission, to: checkpoint, reason: reason, by: by, isForced: isForced)
  }

  /// Makes the state that `mission` had at `checkpoint` current again; the log keeps all that happened since.
  ///
  /// Restores the participants, then the state, in one transaction; a crash in between is finished by the next opening. Denials, limits and
  /// what was used of them, revocations and erasures are never taken back. Open tickets, unused approvals and paused runs of
  /// the mission are voided. If the checkpoint had another policy, both rule until one is loaded explicitly, with `GovernedRun.use`.
  /// Later checkpoints stay valid: one can roll forward. Synced when it returns.
  /// - Parameters:
  ///   - reason: for people, up to 4,096 bytes.
  ///   - by: who does it, up to 255 bytes.
  ///   - isForced: whether to go back also over calls whose effects were declared irreversible, and over what others have changed.
  /// - Returns: what changed.
  /// - Throws: `mission_live` while a run of the mission goes on; `rollback_pending` while it is just being taken back;
  ///   `not_restorable`, `session_changed`, `irreversible`; `rollback_failed` if a participant could not be restored; `invalid`,
  ///   `engine`.
  @discardableResult
  public func rollback(
    mission: String, to checkpoint: Checkpoint, reason: String, by: String, isForced: Bool = false
  ) async throws -> MissionPreview {
    let changed = try await changedParticipants(of: mission)
    let (preview, pending) = try await perform { core throws(GovernorError) in
      let (preview, pending) = try core.beginRollback(
        mission, to: checkpoint, reason: reason, by: by, isForced: isForced, changed: changed)
      if pending.captured.isEmpty { try core.finishRollback(pending) }
      return (preview, pending)
    }
    if !pending.captured.isEmpty { try await finish(pending) }
    return preview
  }

  /// Does again what a rollback of `mission` has left undone because a participant failed, or the process ended.
  ///
  /// - Throws: `invalid` if there is nothing to finish; `rollback_failed`, `engine`.
  public func finishRollback(mission: String) async throws {
    try await finish(
      try await perform { core throws(GovernorError) in try core.takeUpRollback(of: mission) })
  }

  /// Restores the participants of a rollback, and records it as done.
  func finish(_ pending: PendingRollback) async throws {
    for (name, text) in pending.captured {
      guard let participant = options.participants.first(where: { $0.name == name }) else {
        try await perform { core throws(GovernorError) in
          _ = core.rollbacksUnderWay.remove(pending.mission)
        }
        throw GovernorError(
          .notRestorable, "the participant \(escaped(name)) is not registered with this governor")
      }
      do { try await participant.restore(text) } catch {
        let why = "\(error)"
        try await perform { core throws(GovernorError) in
          try core.failRollback(pending, participant: name, why: why)
        }
        throw GovernorError(
          .rollbackFailed,
          "the participant \(escaped(name)) could not be restored: \(escaped(why)); the mission \(escaped(pending.mission)) takes no runs until `finishRollback` has succeeded"
        )
      }
    }
    try await perform { core throws(GovernorError) in try core.finishRollback(pending) }
  }

  /// Finishes the rollbacks that a crash has left, whose participants are registered here.
  func finishRollbacks() async throws(GovernorError) {
    let all = try await perform { core throws(GovernorError) in try core.allPendingRollbacks() }
    let names = Set(options.participants.map(\.name))
    for pending in all where names.isSuperset(of: pending.captured.map(\.name)) {
      // One that fails again is recorded, and keeps its mission closed.
      try? await finishRollback(mission: pending.mission)
    }
  }
}

extension GovernorCore {
  func checkpoints(of mission: String) throws(GovernorError) -> [Checkpoint] {
    let space = try self.mission(mission)
    return try governing { () throws(LogError) in
      var checkpoints: [Checkpoint] = []
      for checkpoint in space.checkpoints { checkpoints.append(try checkpoint.get()) }
      return checkpoints
    }
  }

  fileprivate func startCheckpoint(
    ofRun id: String
  ) throws(GovernorError) -> (mission: String, checkpoint: Checkpoint) {
    let found = try governing { () throws(LogError) -> (String, SequenceNumber)? in
      let snapshot = log.snapshot()
      guard let stream = try snapshot.stream(named: Self.streamName(ofRun: id)) else { return nil }
      var mission: String?
      for result in snapshot.records(of: stream.number) {
        guard let event = try RecordedEvent(try result.get()) else { continue }
        if event.kind == .runStart { mission = event[Attribute.mission]?.string }
        if event.kind == .checkpointCreated, let mission,
          let number = event[Attribute.checkpoint]?.integer
        {
          return (mission, SequenceNumber(number))
        }
      }
      return nil
    }
    guard let (mission, sequence) = found else {
      throw GovernorError(
        .invalid,
        "there is no run \(escaped(id)) in \(escaped(log.path.string)), or it has no checkpoint")
    }
    let space = try self.mission(mission)
    return (
      mission, try governing { () throws(LogError) in try space.checkpoint(at: sequence) }
    )
  }
}
