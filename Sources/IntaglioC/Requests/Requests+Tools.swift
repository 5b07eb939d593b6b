internal import IntaglioFormat
internal import IntaglioHooks

// Asking before tools run, and telling how they ran.
extension Requests {
  @Sendable static func decide(_ members: inout Members) throws(Failure) -> Step {
    let id = try members.text("run")
    var calls: [ToolCall] = []
    for var call in try members.objects("calls") {
      calls.append(
        ToolCall(
          try call.tool("tool"), arguments: try call.text("arguments"),
          id: try call.optionalText("id") ?? ""))
      try call.finish()
    }
    return { [calls] governor in
      let hosted = try governor.run(id)
      let decisions = try await hosted.run.decideEach(calls)
      return .members(["decisions": .array(decisions.map { $0.json(in: hosted) })])
    }
  }

  @Sendable static func startTool(_ members: inout Members) throws(Failure) -> Step {
    let (id, call) = (try members.text("run"), try members.call())
    return { governor in
      let hosted = try governor.run(id)
      let arguments = try await hosted.run.startTool(try hosted.decision(onCall: call))
      return .members(["arguments": .string(arguments)])
    }
  }

  @Sendable static func endTool(_ members: inout Members) throws(Failure) -> Step {
    let (id, call) = (try members.text("run"), try members.call())
    let outcome = ToolOutcome(
      status: try members.choice("status"), result: try members.text("result"))
    let errorType = try members.optionalText("error_type")
    let wasUsed = try members.flag("used", default: true)
    return { governor in
      let hosted = try governor.run(id)
      try await hosted.run.endTool(
        try hosted.decision(onCall: call), outcome, errorType: errorType, wasUsed: wasUsed)
      return .empty
    }
  }

  @Sendable static func withhold(_ members: inout Members) throws(Failure) -> Step {
    let id = try members.text("run")
    let tools = try members.tools("tools")
    return { governor in
      let withheld = try await governor.run(id).run.withhold(tools)
      return .members(["withheld": .texts(withheld.map(\.description))])
    }
  }

  @Sendable static func hostedTool(_ members: inout Members) throws(Failure) -> Step {
    let id = try members.text("run")
    let call = ToolCall(
      try members.tool("tool"), arguments: try members.text("arguments"),
      id: try members.optionalText("id") ?? "")
    let result = try members.text("result")
    return { governor in
      try await governor.run(id).run.hostedToolRan(call, result: result)
      return .empty
    }
  }
}

extension ToolDecision {
  /// The decision as an answer has it; it is kept under the number that the answer says.
  func json(in hosted: HostedRun, call known: Int? = nil) -> JSON {
    let number: Int
    if let known {
      number = known
      hosted.replace(self, call: known)
    } else {
      number = hosted.keep(self)
    }
    return .members([
      "call": .integer(number), "tool": .string(call.tool.description), "id": .string(call.id),
      "effect": .string(effect.rawValue), "message": .string(message), "reason": .string(reason),
      "deciders": .texts(deciders), "aborts_run": .bool(abortsRun),
      "is_recorded": .bool(isRecorded), "ticket": ticket.map { .string($0.id.hex) },
      "review": effect == .review ? ticket?.terms.json : nil,
    ])
  }
}
