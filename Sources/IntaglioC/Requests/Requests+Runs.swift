internal import IntaglioFormat
internal import IntaglioHooks
internal import IntaglioPolicyFile

// The beginning and the end of runs, and what they may do.
extension Requests {
  @Sendable static func startRun(_ members: inout Members) throws(Failure) -> Step {
    var description = RunDescription(
      agent: try members.text("agent"), mission: try members.optionalText("mission"))
    description.id = try members.optionalText("run")
    description.conversation = try members.optionalText("conversation")
    description.parent = try members.optionalText("parent")
    description.policy = try members.optionalPolicy("policy")
    description.capabilities = try members.optionalCapabilities("capabilities")
    description.traceparent = try members.optionalText("traceparent")
    if var framework = try members.optionalMembers("framework") {
      description.framework = RunDescription.Framework(
        name: try framework.text("name"), traceID: try framework.optionalText("trace_id"),
        groupID: try framework.optionalText("group_id"))
      try framework.finish()
    }
    return { [description] governor in
      let run = try await governor.governor.start(description)
      let mission = description.mission ?? description.conversation ?? run.id
      governor.insert(HostedRun(run, mission: mission))
      return .members([
        "run": .string(run.id), "mission": .string(mission), "trace_id": .string(run.traceID),
      ])
    }
  }

  @Sendable static func endRun(_ members: inout Members) throws(Failure) -> Step {
    let id = try members.text("run")
    let output = try members.optionalText("output")
    return { governor in
      try await governor.ending(id) { hosted throws(GovernorError) in
        try await hosted.run.end(output: output)
      }
      return .empty
    }
  }

  @Sendable static func failRun(_ members: inout Members) throws(Failure) -> Step {
    let id = try members.text("run")
    let (type, message) = (try members.text("type"), try members.text("message"))
    return { governor in
      try await governor.ending(id) { hosted throws(GovernorError) in
        try await hosted.run.fail(type: type, message: message)
      }
      return .empty
    }
  }

  @Sendable static func pauseRun(_ members: inout Members) throws(Failure) -> Step {
    let id = try members.text("run")
    let reason = try members.text("reason")
    let state = try members.optionalText("state")
    return { governor in
      try await governor.ending(id) { hosted throws(GovernorError) in
        try await hosted.run.pause(reason: reason, state: state)
      }
      return .empty
    }
  }

  @Sendable static func resumeRun(_ members: inout Members) throws(Failure) -> Step {
    let id = try members.text("run")
    let state = try members.optionalText("state")
    return { governor in
      let resumed = try await governor.governor.resume(id, state: state)
      let hosted = HostedRun(resumed.run, mission: try await resumed.run.mission())
      governor.insert(hosted)
      for decision in resumed.allowed { _ = hosted.keep(decision) }
      return .members([
        "run": .string(id), "agent": .string(resumed.run.agent),
        "mission": .string(hosted.mission),
        "paused_state": resumed.pausedState.map(JSON.string) ?? .null,
        "reviews": .array(resumed.reviews.map { $0.json(in: hosted) }),
      ])
    }
  }

  @Sendable static func pausedRun(_ members: inout Members) throws(Failure) -> Step {
    let id = try members.text("run")
    return { governor in
      let paused = try await governor.governor.paused(id)
      return .members([
        "run": .string(id), "agent": .string(paused.agent), "mission": .string(paused.mission),
        "paused_state": paused.state.map(JSON.string) ?? .null,
      ])
    }
  }

  @Sendable static func useRunPolicy(_ members: inout Members) throws(Failure) -> Step {
    let id = try members.text("run")
    let policy = try members.policy("policy")
    return { governor in
      try await governor.run(id).run.use(policy)
      return .empty
    }
  }

  @Sendable static func usePolicy(_ members: inout Members) throws(Failure) -> Step {
    let policy = try members.policy("policy")
    return { governor in
      governor.governor.use(policy)
      return .empty
    }
  }
}

extension Members {
  /// A policy that has to be said: null takes it away.
  fileprivate mutating func policy(_ name: String) throws(Failure) -> Policy? {
    if isNull(name) {
      _ = value(name)
      return nil
    }
    guard let policy = try optionalPolicy(name) else { throw missing(name) }
    return policy
  }

  fileprivate mutating func optionalCapabilities(
    _ name: String
  ) throws(Failure) -> [String: [String]]? {
    guard let value = value(name) else { return nil }
    guard case .object(let agents) = value else { throw wrong(name, "an object of lists of texts") }
    var capabilities: [String: [String]] = [:]
    for agent in agents {
      guard let patterns = agent.value.array, patterns.allSatisfy({ $0.string != nil }) else {
        throw wrong(name, "an object of lists of texts")
      }
      capabilities[agent.name] = patterns.compactMap(\.string)
    }
    return capabilities
  }
}
