internal import IntaglioFormat
internal import IntaglioHooks
internal import SystemPackage

// What happens in a run, told as it happens.
extension Requests {
  @Sendable static func startAgent(_ members: inout Members) throws(Failure) -> Step {
    let (id, agent) = (try members.text("run"), try members.text("agent"))
    return { governor in
      try await governor.run(id).run.agentStarted(agent)
      return .empty
    }
  }

  @Sendable static func endAgent(_ members: inout Members) throws(Failure) -> Step {
    let (id, agent) = (try members.text("run"), try members.text("agent"))
    let output = try members.text("output")
    return { governor in
      try await governor.run(id).run.agentEnded(agent, output: output)
      return .empty
    }
  }

  @Sendable static func handOff(_ members: inout Members) throws(Failure) -> Step {
    let (id, call) = (try members.text("run"), try members.call())
    let (from, to) = (try members.text("from"), try members.text("to"))
    return { governor in
      let hosted = try governor.run(id)
      try await hosted.run.handedOff(try hosted.decision(onCall: call), from: from, to: to)
      return .empty
    }
  }

  @Sendable static func requestModel(_ members: inout Members) throws(Failure) -> Step {
    let id = try members.text("run")
    let request = ModelRequest(
      model: try members.optionalText("model"), provider: try members.optionalText("provider"),
      instructions: try members.optionalText("instructions"), input: try members.texts("input"))
    return { governor in
      try await governor.run(id).run.modelRequested(request)
      return .empty
    }
  }

  @Sendable static func respond(_ members: inout Members) throws(Failure) -> Step {
    let id = try members.text("run")
    let response = ModelResponse(
      output: try members.texts("output"), model: try members.optionalText("model"),
      id: try members.optionalText("id"),
      finishReasons: try members.optionalTexts("finish_reasons") ?? [],
      inputTokenCount: try members.optionalCount("input_tokens"),
      outputTokenCount: try members.optionalCount("output_tokens"))
    return { governor in
      try await governor.run(id).run.modelResponded(response)
      return .empty
    }
  }

  @Sendable static func failModel(_ members: inout Members) throws(Failure) -> Step {
    let id = try members.text("run")
    let (type, message) = (try members.text("type"), try members.text("message"))
    return { governor in
      try await governor.run(id).run.modelFailed(type: type, message: message)
      return .empty
    }
  }

  @Sendable static func guardrail(_ members: inout Members) throws(Failure) -> Step {
    let id = try members.text("run")
    let guardrail = Guardrail(
      name: try members.text("name"), stage: try members.choice("stage"),
      message: try members.optionalText("message") ?? "")
    return { governor in
      try await governor.run(id).run.guardrailTripped(guardrail)
      return .empty
    }
  }

  @Sendable static func foreignApproval(_ members: inout Members) throws(Failure) -> Step {
    let (id, call) = (try members.text("run"), try members.optionalText("id") ?? "")
    let (tool, approved) = (try members.tool("tool"), try members.flag("approved"))
    return { governor in
      try await governor.run(id).run.foreignApproval(ofCall: call, tool: tool, approved: approved)
      return .empty
    }
  }

  @Sendable static func gap(_ members: inout Members) throws(Failure) -> Step {
    let id = try members.optionalText("run")
    let (count, what) = (try members.count("count"), try members.text("what"))
    return { governor in
      if let id {
        try await governor.run(id).run.gap(count: count, what: what)
      } else {
        try await governor.governor.recordGap(count: count, what: what)
      }
      return .empty
    }
  }

  @Sendable static func status(_ members: inout Members) throws(Failure) -> Step {
    { governor in
      .members([
        "log_path": .string(governor.governor.logPath.string),
        "unrecorded_event_count": .integer(governor.governor.unrecordedEventCount),
      ])
    }
  }
}

extension Members {
  /// The number of a call, which is below zero where the log does not have it.
  mutating func call() throws(Failure) -> Int {
    guard let value = value("call") else { throw missing("call") }
    guard case .number(let text) = value, let number = Int(text) else {
      throw wrong("call", "a number of a call")
    }
    return number
  }

  /// A tool as policies write it, with its family.
  mutating func tool(_ name: String) throws(Failure) -> ToolIdentity {
    try Self.tool(named: try text(name))
  }

  mutating func tools(_ name: String) throws(Failure) -> [ToolIdentity] {
    try texts(name).map { text throws(Failure) in try Self.tool(named: text) }
  }

  private static func tool(named text: String) throws(Failure) -> ToolIdentity {
    guard let tool = ToolIdentity(text) else {
      throw .invalid(
        "\(escaped(text)) names no tool: write function:NAME, mcp:SERVER/NAME, agent:NAME, handoff:NAME or hosted:NAME"
      )
    }
    return tool
  }
}
