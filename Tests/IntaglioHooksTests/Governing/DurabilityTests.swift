import Intaglio
import IntaglioFormat
import IntaglioHooks
import IntaglioStorage
import IntaglioTestSupport
import Testing

@Suite struct GovernorDurabilityTests {
  @Test func `a change that changes nothing takes no tool's start for synced`() async throws {
    let store = try TestStore()
    let system = FaultInjectingFileSystem()
    let governor = try await store.open(surroundings: surroundings(system))
    let runs = Runs()
    let tool = governor.tool("read") { _ in
      runs.note()
      return ""
    }
    let first = try await governor.start(RunDescription(agent: "a"))
    let second = try await governor.start(RunDescription(agent: "b"))
    try await second.change { state throws(LogError) in try state.set([1], "memory", "k") }
    let decision = try await first.decide([ToolCall(tool.identity, arguments: "{}")])[0]
    // The start and the change wait in one queue, so that one sync serves both.
    let isBusy = Runs()
    let mayGoOn = Runs()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await second.change { _ throws(LogError) in
          isBusy.note()
          while mayGoOn.count == 0 { sleep(microseconds: 100) }
        }
      }
      while isBusy.count == 0 { await Task.yield() }
      group.addTask {
        _ = try? await first.perform(decision) { permit in try await tool.run(permit) }
      }
      try await Task.sleep(for: .milliseconds(50))
      group.addTask {
        try? await second.change { state throws(LogError) in try state.set([1], "memory", "k") }
      }
      try await Task.sleep(for: .milliseconds(50))
      system.arm(
        FaultPlan(
          at: 1, of: [.synchronizeData], .fail(.ioError), sticky: [.synchronizeData]))
      mayGoOn.note()
      try await group.waitForAll()
    }
    #expect(runs.count == 0)
    await governor.close()
  }

  @Test func `a run that timed out is ended with its cause when the engine answers again`()
    async throws
  {
    let store = try TestStore()
    let system = FaultInjectingFileSystem()
    let governor = try await store.open(surroundings: surroundings(system)) {
      $0.engineTimeout = .milliseconds(500)
    }
    let tool = governor.tool("read") { _ in "" }
    let run = try await governor.start(RunDescription(agent: "a", mission: "m"))
    let checkpoint = try await run.checkpoint(label: "here")
    system.arm(FaultPlan(at: 1, of: [.synchronizeData], .stall))
    #expect(await code { _ = try await tool("{}", in: run) } == .engineTimeout)
    system.release()
    var failure: GovernorError.Code? = .missionLive
    for _ in 0..<100 where failure != nil {
      failure = await code {
        try await governor.rollback(mission: "m", to: checkpoint, reason: "r", by: "b")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    #expect(failure == nil)
    await governor.close()
    let end = try #require(try store.events(ofRun: run.id).last)
    #expect(end.kind == .runFailed)
    #expect(end["error.type"] == .string("engine_timeout"))
  }

  @Test(arguments: [Duration.seconds(Int64.max), .seconds(600), .nanoseconds(Int64.max)])
  func `a timeout of any length is one`(timeout: Duration) async throws {
    let store = try TestStore()
    let governor = try await store.open { $0.engineTimeout = timeout }
    let run = try await governor.start(RunDescription(agent: "a"))
    // Longer than the watchdog looks away.
    try await run.change { _ throws(LogError) in sleep(microseconds: 60_000) }
    try await run.end()
    await governor.close()
  }

  @Test func `what the policy ends, and what it refuses, is synced before it is said`() async throws
  {
    let store = try TestStore()
    let system = FaultInjectingFileSystem()
    let policy = #"""
      {"version": 1, "default": "allow",
       "rules": [{"id": "end", "when": {"tool": "wipe"}, "effect": "deny", "on_deny": "abort"}]}
      """#
    let governor = try await store.open(policy: policy, surroundings: surroundings(system))
    let run = try await governor.start(RunDescription(agent: "a"))
    system.arm(
      FaultPlan(at: 1, of: [.synchronizeData], .fail(.ioError), sticky: [.synchronizeData]))
    let calls = ["read", "wipe"].map { ToolCall(function: $0, arguments: "{}") }
    #expect(await code { _ = try await run.decide(calls) } == .engine)
    await governor.close()
  }
}
