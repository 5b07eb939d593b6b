internal import IntaglioFormat

/// A run that waits, as the log has it.
package struct PausedRun: Sendable {
  /// Who works in it.
  package let agent: String
  /// The governed state that it works on.
  package let mission: String
  /// What its framework goes on from.
  package let state: String?
}

extension Governor {
  /// A paused run, which stays paused: for hosts that compare what they would go on from before they do.
  ///
  /// - Throws: `not_paused`; `engine`.
  package func paused(_ id: String) async throws(GovernorError) -> PausedRun {
    try await perform { core throws(GovernorError) in
      let trail = try core.pausedTrail(id)
      return PausedRun(agent: trail.agent, mission: trail.mission, state: trail.pausedState)
    }
  }
}
