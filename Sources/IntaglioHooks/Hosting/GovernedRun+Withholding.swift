internal import IntaglioFormat

extension GovernedRun {
  /// Of `tools`, which the model's provider would run before anybody is asked, those that the model must not be offered: what the policy
  /// could deny or send to review, or what no capability covers.
  ///
  /// Each is recorded as withheld the first time in a run.
  package func withhold(_ tools: [ToolIdentity]) async throws(GovernorError) -> [ToolIdentity] {
    try await performInRun { core, run throws(GovernorError) in
      let policies = [run.policy] + run.stricter
      let capabilities = try core.capabilities(run)
      var withheld: [ToolIdentity] = []
      var events: [Event] = []
      for tool in tools {
        let cover = capabilities.cover(tool, by: run.agent)
        let isUncovered = if case .missing = cover { true } else { false }
        let ruling = policies.first { $0.policy?.couldRefuse(tool) == true }
        guard isUncovered || ruling != nil else { continue }
        withheld.append(tool)
        guard run.withheld.insert(tool).inserted else { continue }
        var event = Event(.toolWithheld)
        event.set(Attribute.turn, run.turn)
        event.set(Attribute.agentName, run.agent)
        event.set(Attribute.tool, tool.description)
        event.set(Attribute.toolName, tool.name)
        event.set(Attribute.policy, (ruling ?? run.policy).name)
        events.append(event)
      }
      if !events.isEmpty { try core.append(events, to: run.stream) }
      return withheld
    }
  }
}
