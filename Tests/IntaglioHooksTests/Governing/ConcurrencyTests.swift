import Intaglio
import IntaglioHooks
import Testing

/// Named so that the gate runs it under the thread sanitizer too.
@Suite struct GovernorConcurrencyTests {
  @Test func `64 runs at once are each recorded whole and in order`() async throws {
    let store = try TestStore()
    let governor = try await store.open()
    let tool = governor.tool("read") { arguments in arguments }
    let ids = try await withThrowingTaskGroup(of: String.self) { group in
      for number in 0..<64 {
        group.addTask {
          try await governor.run(agent: "agent-\(number % 4)") { run in
            for turn in 0..<3 {
              try await run.modelRequested(ModelRequest(input: [#""\#(turn)""#]))
              _ = try await tool(#"{"n":\#(turn)}"#, in: run)
            }
            return run.id
          }
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    await governor.close()
    #expect(Set(ids).count == 64)
    let turn = "model.item model.request tool.request policy.decision tool.start tool.end "
    for id in ids {
      #expect(try store.story(ofRun: id) == "run.start " + turn + turn + turn + "run.end")
    }
    #expect(try store.verify())
  }

  @Test func `the tools of one turn run side by side`() async throws {
    let store = try TestStore()
    let governor = try await store.open()
    let run = try await governor.start(RunDescription(agent: "a"))
    let decisions = try await run.decide(
      (0..<16).map { ToolCall(function: "read", arguments: #"{"n":\#($0)}"#) })
    try await withThrowingTaskGroup(of: Void.self) { group in
      for decision in decisions {
        group.addTask {
          _ = try await run.perform(decision) { permit in
            .ok(try permit.arguments(for: decision.call.tool))
          }
        }
      }
      try await group.waitForAll()
    }
    try await run.end()
    await governor.close()
    let events = try store.events(ofRun: run.id)
    #expect(events.count { $0.kind == .toolEnd } == 16)
  }

  @Test func `of many who use one decision at once one runs the tool`() async throws {
    let store = try TestStore()
    let governor = try await store.open()
    let run = try await governor.start(RunDescription(agent: "a"))
    let runs = Runs()
    for _ in 0..<20 {
      let decision = try await run.decide([ToolCall(function: "read", arguments: "{}")])[0]
      await withTaskGroup { group in
        for _ in 0..<8 {
          group.addTask {
            _ = try? await run.perform(decision) { permit in
              runs.note()
              return .ok(try permit.arguments(for: decision.call.tool))
            }
          }
        }
      }
    }
    #expect(runs.count == 20)
    try await run.end()
    await governor.close()
  }

  @Test func `governors of one process on one path share a log, others take the next`()
    async throws
  {
    let store = try TestStore()
    let first = try await store.open()
    let second = try await store.open()
    #expect(first.logPath == second.logPath)
    await first.close()
    let run = try await second.start(RunDescription(agent: "a"))
    try await run.end()
    await second.close()
    // Free again.
    let log = try Log.open(at: store.path.appending("0"))
    let third = try await store.open()
    #expect(third.logPath.lastComponent?.string == "1")
    await third.close()
    try log.close()
  }

  @Test func `a mission belongs to the log that began it`() async throws {
    let store = try TestStore()
    let first = try await store.open()
    let run = try await first.start(RunDescription(agent: "a", mission: "m"))
    try await run.end()
    await first.close()
    let log = try Log.open(at: store.path.appending("0"))
    let second = try await store.open()
    #expect(
      await code { _ = try await second.start(RunDescription(agent: "a", mission: "m")) }
        == .missionElsewhere)
    let other = try await second.start(RunDescription(agent: "a", mission: "n"))
    try await other.end()
    await second.close()
    try log.close()
  }

  @Test func `a run whose name is taken is refused, and names that cannot be are too`() async throws
  {
    let store = try TestStore()
    let governor = try await store.open()
    var description = RunDescription(agent: "a")
    description.id = "r"
    try await governor.start(description).end()
    #expect(await code { _ = try await governor.start(description) } == .invalid)
    for name in ["", "a\nb", String(repeating: "x", count: 201)] {
      #expect(await code { _ = try await governor.start(RunDescription(agent: name)) } == .invalid)
    }
    description.id = "s"
    description.traceparent = "00-00000000000000000000000000000000-0000000000000001-01"
    #expect(await code { _ = try await governor.start(description) } == .invalid)
    await governor.close()
    #expect(await code { _ = try await governor.start(RunDescription(agent: "a")) } == .closed)
  }
}
