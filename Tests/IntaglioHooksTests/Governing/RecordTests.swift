import Intaglio
import IntaglioFormat
import IntaglioHooks
import Synchronization
import Testing

/// That records claim what happened, all of it and nothing else.
@Suite struct GovernorRecordTests {
  private static let large = String(repeating: "x", count: 33 << 20)

  @Test func `arguments over the engine's limit are refused, and leave no trace of a call`()
    async throws
  {
    let store = try TestStore()
    let policy =
      #"{"version": 1, "default": "allow", "limits": [{"id": "l", "per": "run", "most": 2}]}"#
    let governor = try await store.open(policy: policy)
    let run = try await governor.start(RunDescription(agent: "a"))
    let read = ToolCall(function: "read", arguments: "{}")
    let large = ToolCall(function: "read", arguments: #"{"a":"\#(Self.large)"}"#)
    #expect(await code { _ = try await run.decide([read, large]) } == .invalid)
    let decisions = try await run.decide([read, read])
    #expect(decisions.map(\.effect) == [.allow, .allow])
    #expect(decisions.map(\.number) == [0, 1])
    try await run.end()
    await governor.close()
    #expect(
      try store.story(ofRun: run.id)
        == "run.start tool.request policy.decision tool.request policy.decision tool.abandoned tool.abandoned run.end"
    )
  }

  @Test func `a result over the engine's limit is an end all the same`() async throws {
    let store = try TestStore()
    let governor = try await store.open()
    let tool = governor.tool("read") { _ in Self.large }
    let run = try await governor.start(RunDescription(agent: "a"))
    #expect(await code { _ = try await tool("{}", in: run) } == .invalid)
    try await run.end()
    await governor.close()
    let end = try #require(try store.events(ofRun: run.id).first { $0.kind == .toolEnd })
    #expect(end["intaglio.status"] == .string("ok"))
    #expect(end["error.type"] == .string("result.too_large"))
    #expect(end["gen_ai.tool.call.result"] == nil)
  }

  @Test func `an item that could not be stored is not named as if it were`() async throws {
    let store = try TestStore()
    let governor = try await store.open()
    let run = try await governor.start(RunDescription(agent: "a"))
    let items = [#"{"a":1}"#, #"{"b":"\#(Self.large)"}"#]
    #expect(
      await code { try await run.modelRequested(ModelRequest(input: items)) } == .invalid)
    try await run.modelRequested(ModelRequest(input: [items[0]]))
    try await run.end()
    await governor.close()
    let events = try store.events(ofRun: run.id)
    #expect(events.count { $0.kind == .modelItem } == 1)
    #expect(events.first { $0.kind == .modelRequest }?.integer("intaglio.turn") == 1)
  }

  @Test func `a thousand calls of one turn are one batch`() async throws {
    let store = try TestStore()
    let governor = try await store.open()
    let run = try await governor.start(RunDescription(agent: "a"))
    let calls = (0..<1000).map { ToolCall(function: "read", arguments: "{}", id: "c\($0)") }
    #expect(try await run.decide(calls).count == 1000)
    try await run.end()
    await governor.close()
    let events = try store.events(ofRun: run.id)
    #expect(events.count { $0.kind == .policyDecision } == 1000)
    #expect(events.count { $0.kind == .toolAbandoned } == 1000)
  }

  @Test func `a run is not paused while a tool of it runs, so that no end is lost`() async throws {
    let store = try TestStore()
    let governor = try await store.open()
    let run = try await governor.start(RunDescription(agent: "a"))
    let tool = governor.tool("read") { _ in
      #expect(await code { try await run.pause(reason: "waits") } == .invalid)
      return "done"
    }
    #expect(try await tool("{}", in: run).text == "done")
    try await run.pause(reason: "waits")
    await governor.close()
    #expect(
      try store.story(ofRun: run.id)
        == "run.start tool.request policy.decision tool.start tool.end run.paused")
  }

  @Test func `names that are equal to Swift and not to the log are refused`() async throws {
    let store = try TestStore()
    let governor = try await store.open()
    #expect(
      await code {
        _ = try await governor.start(RunDescription(agent: "a", mission: "caf\u{65}\u{301}"))
      } == .invalid)
    let run = try await governor.start(RunDescription(agent: "a", mission: "caf\u{E9}"))
    #expect(await code { try await run.agentStarted("\u{65}\u{301}") } == .invalid)
    try await run.end()
    await governor.close()
  }

  @Test func `a paused run of a mission that was taken back does not go on`() async throws {
    let store = try TestStore()
    let governor = try await store.open()
    let run = try await governor.start(RunDescription(agent: "a", mission: "m"))
    let checkpoint = try await run.checkpoint(label: "here")
    try await run.change { state throws(LogError) in try state.set([1], "memory", "k") }
    try await run.pause(reason: "waits")
    try await governor.rollback(mission: "m", to: checkpoint, reason: "r", by: "b")
    #expect(await code { _ = try await governor.resume(run.id) } == .notPaused)
    await governor.close()
  }
}
