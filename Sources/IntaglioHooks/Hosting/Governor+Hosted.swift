package import Intaglio
internal import IntaglioFormat
internal import SystemPackage

// For hosts that restore the participants of a rollback themselves: what `rollback` does before and after that.

extension Governor {
  /// Records that so much happened that nobody could see, in no run that is known.
  package func recordGap(count: Int, what: String) async throws(GovernorError) {
    try await perform { core throws(GovernorError) in
      try core.record([Gap(run: nil, count: count, what: what)])
    }
  }

  /// The identity of the log that this process writes.
  package var logID: LogID { store.logID }

  /// The checkpoint of a mission in the record `sequence`.
  package func checkpoint(
    ofMission mission: String, at sequence: SequenceNumber
  ) async throws(GovernorError) -> Checkpoint {
    try await perform { core throws(GovernorError) in
      let space = try core.mission(mission)
      return try governing { () throws(LogError) in try space.checkpoint(at: sequence) }
    }
  }

  /// What the participants gave last, before a checkpoint of the mission or when a run of it failed, by name: what a host tells by
  /// whether others have changed things since.
  package func lastCaptured(ofMission mission: String) async throws(GovernorError) -> [String:
    String]
  {
    try await perform { core throws(GovernorError) in try core.lastCaptured(mission) }
  }

  /// What taking `mission` back would change, where the host has found that others have changed what `changed` govern.
  package func previewHostedRollback(
    ofMission mission: String, to checkpoint: Checkpoint, changed: [String]
  ) async throws(GovernorError) -> MissionPreview {
    try await perform { core throws(GovernorError) in
      try core.preview(mission, to: checkpoint, changed: changed)
    }
  }

  /// Begins to take `mission` back; the host restores what is pending, then calls `finishHostedRollback`.
  ///
  /// Where nothing outside the log is to be restored the rollback is done when this returns.
  /// - Parameter changed: the participants of which the host has found, or cannot tell, that others have changed what they govern.
  /// - Throws: as `rollback(mission:to:reason:by:isForced:)`; `rollback_pending` if one was begun and is not done.
  package func beginHostedRollback(
    mission: String, to checkpoint: Checkpoint, reason: String, by: String, isForced: Bool,
    changed: [String]
  ) async throws(GovernorError) -> (preview: MissionPreview, pending: PendingRollback) {
    try await perform { core throws(GovernorError) in
      try core.checkNoRollback(of: mission)
      let (preview, pending) = try core.beginRollback(
        mission, to: checkpoint, reason: reason, by: by, isForced: isForced, changed: changed)
      if pending.captured.isEmpty { try core.finishRollback(pending) }
      return (preview, pending)
    }
  }

  /// Records that the participants of a rollback are restored, and that it is done.
  ///
  /// - Throws: `invalid` if none of the mission was begun.
  package func finishHostedRollback(mission: String) async throws(GovernorError) {
    try await perform { core throws(GovernorError) in
      try core.finishRollback(core.pendingRollback(of: mission))
    }
  }

  /// Records that a participant could not be restored; the mission takes no runs until the rollback is done again.
  ///
  /// - Throws: `invalid` if no rollback of the mission was begun, or it does not have that participant.
  package func failHostedRollback(
    mission: String, participant: String, why: String
  ) async throws(GovernorError) {
    try await perform { core throws(GovernorError) in
      let pending = try core.pendingRollback(of: mission)
      guard pending.captured.contains(where: { $0.name == participant }) else {
        throw GovernorError(
          .invalid,
          "the rollback of the mission \(escaped(mission)) restores no participant \(escaped(participant))"
        )
      }
      try core.failRollback(pending, participant: participant, why: why)
    }
  }

  /// The rollbacks that were begun and are not done.
  package func pendingRollbacks() async throws(GovernorError) -> [PendingRollback] {
    try await perform { core throws(GovernorError) in try core.allPendingRollbacks() }
  }
}

extension GovernorCore {
  fileprivate func pendingRollback(of mission: String) throws(GovernorError) -> PendingRollback {
    guard let pending = try allPendingRollbacks().first(where: { $0.mission == mission }) else {
      throw GovernorError(
        .invalid, "no rollback of the mission \(escaped(mission)) is to be finished")
    }
    return pending
  }
}
