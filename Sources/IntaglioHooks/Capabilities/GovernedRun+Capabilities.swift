internal import Intaglio
internal import IntaglioFormat
internal import IntaglioStorage

extension GovernedRun {
  /// Which tools the agents of the run's mission hold, as patterns by agent: nil if every agent holds every tool.
  public func capabilities() async throws(GovernorError) -> [String: [String]]? {
    try await performInRun { core, run throws(GovernorError) in try core.capabilities(run)?.texts }
  }

  /// Gives `agent` the tools that `pattern` names, in all runs of the mission from now on; synced when it returns.
  ///
  /// From a mission's first grant on its agents hold only what they were granted. A grant stands in the mission's state: a rollback
  /// to a checkpoint from before takes it back. Never give this to an agent as a tool.
  /// - Parameters:
  ///   - pattern: as policies write tools: `read_*`, `mcp:files/*`, `handoff:billing`, `*:*`; at most 512 bytes.
  ///   - by: who does it, 1 to 200 bytes without control characters.
  /// - Returns: what the agent holds now.
  /// - Throws: `invalid` for what is no pattern or no name; `run_over`, `engine`.
  @discardableResult
  public func grant(
    _ pattern: String, to agent: String, by: String
  ) async throws(GovernorError) -> [String] {
    let pattern = try Capabilities.checked(pattern, agent: agent, by: by)
    return try await changeCapabilities(of: agent) { core, run throws(GovernorError) in
      try core.grant(pattern, to: agent, by: by, CapabilitySubject(run))
    }
  }

  /// Takes from `agent` what was granted as `pattern`, in all runs of the mission; synced when it returns.
  ///
  /// It stands until the same is granted again by `grant`: neither a rollback nor the next run's `RunDescription.capabilities`
  /// brings it back. Calls that it alone covered and whose tools have not begun are refused, and their tickets voided. A tool that
  /// another pattern of the agent's covers is still held: see what is returned.
  /// - Returns: what the agent holds now.
  /// - Throws: `invalid` for what is no pattern or no name, or if the mission restricts nobody; `run_over`, `engine`.
  @discardableResult
  public func revoke(
    _ pattern: String, from agent: String, by: String
  ) async throws(GovernorError) -> [String] {
    let pattern = try Capabilities.checked(pattern, agent: agent, by: by)
    return try await changeCapabilities(of: agent) { core, run throws(GovernorError) in
      try core.revoke(pattern, from: agent, by: by, CapabilitySubject(run))
    }
  }

  private func changeCapabilities(
    of agent: String,
    _ body: @escaping @Sendable (GovernorCore, RunState) throws(GovernorError) -> Capabilities
  ) async throws(GovernorError) -> [String] {
    let capabilities = try await performInRun(durably: true, body)
    fallback.withLock { $0.capabilities = capabilities }
    return capabilities.texts(of: agent)
  }
}
