import Intaglio
import IntaglioFormat
import IntaglioHooks
import IntaglioStorage
import IntaglioTestSupport
import SystemPackage
import Testing

@Suite struct EngineFailureTests {
  @Test(arguments: [
    FaultPlan(at: 1, of: [.synchronizeData], .fail(.ioError), sticky: [.synchronizeData]),
    FaultPlan(at: 1, of: [.write], .fail(.noSpace), sticky: .growing),
  ])
  func `no body runs when its start cannot be recorded, and the run is over with the cause`(
    plan: FaultPlan
  ) async throws {
    let store = try TestStore()
    let system = FaultInjectingFileSystem()
    let governor = try await store.open(surroundings: surroundings(system))
    let runs = Runs()
    let tool = governor.tool("read") { _ in
      runs.note()
      return ""
    }
    let run = try await governor.start(RunDescription(agent: "a"))
    system.arm(plan)
    var failure: GovernorError?
    do { _ = try await tool("{}", in: run) } catch let error as GovernorError { failure = error }
    #expect(failure?.code == .engine)
    #expect(failure?.cause != nil)
    #expect(runs.count == 0)
    system.heal()
    // Not turned into a refusal that a model tries again: the run is over.
    let next = await code { _ = try await tool("{}", in: run) }
    #expect(next == .runOver)
    #expect(runs.count == 0)
    await governor.close()
    let again = try await store.open()
    await again.close()
    #expect(try store.story(ofRun: run.id).hasSuffix("run.orphaned"))
    #expect(try store.verify())
  }

  @Test func `a disk that stalls ends the run in engine_timeout, and no body runs`() async throws {
    let store = try TestStore()
    let system = FaultInjectingFileSystem()
    let governor = try await store.open(surroundings: surroundings(system)) {
      $0.engineTimeout = .milliseconds(500)
    }
    let runs = Runs()
    let tool = governor.tool("read") { _ in
      runs.note()
      return ""
    }
    let run = try await governor.start(RunDescription(agent: "a"))
    system.arm(FaultPlan(at: 1, of: [.synchronizeData], .stall))
    #expect(await code { _ = try await tool("{}", in: run) } == .engineTimeout)
    #expect(await code { _ = try await tool("{}", in: run) } == .runOver)
    system.release()
    await governor.close()
    #expect(runs.count == 0)
    // The start was recorded in the end, that nobody saw its end, and why the run is over.
    #expect(
      try store.story(ofRun: run.id)
        == "run.start tool.request policy.decision tool.start tool.orphaned run.failed")
  }

  @Test func `whoever chose to allow and count runs on, and the gap is recorded later`()
    async throws
  {
    let store = try TestStore()
    let system = FaultInjectingFileSystem()
    let policy = #"""
      {"version": 1, "default": "allow",
       "rules": [{"id": "no", "when": {"tool": "wipe"}, "effect": "deny"}]}
      """#
    let governor = try await store.open(policy: policy, surroundings: surroundings(system)) {
      $0.engineTimeout = .milliseconds(500)
      $0.onEngineError = .allowAndCount
    }
    let runs = Runs()
    let read = governor.tool("read") { _ in
      runs.note()
      return "done"
    }
    let wipe = governor.tool("wipe") { _ in
      runs.note()
      return ""
    }
    let run = try await governor.start(RunDescription(agent: "a"))
    system.arm(FaultPlan(at: 1, of: [.synchronizeData], .stall))
    #expect(try await read("{}", in: run).text == "done")
    guard case .refused = try await wipe("{}", in: run) else {
      Issue.record("what the policy denies is denied also without records")
      return
    }
    let decision = try await run.decide([ToolCall(function: "read", arguments: "{}")])[0]
    #expect(!decision.isRecorded)
    _ = try await run.perform(decision) { _ in .ok("") }
    #expect(await code { _ = try await run.perform(decision) { _ in .ok("") } } == .used)
    try await run.end()
    #expect(runs.count == 1)
    #expect(governor.unrecordedEventCount > 0)
    system.release()
    let next = try await governor.start(RunDescription(agent: "a"))
    #expect(governor.unrecordedEventCount == 0)
    try await next.end()
    await governor.close()
    let gap = try #require(
      try store.events(ofStream: "governor").first { $0.kind == .auditGap })
    #expect(gap["intaglio.run.id"] == .string(run.id))
    #expect(try #require(gap.integer("intaglio.count")) > 0)
    #expect(try store.verify())
  }

  /// What a crash at any call of the system leaves: two tools, one after the other, in one run.
  @Test
  func
    `after a crash at any call no body ran without a durable decision, and orphans are recorded`()
    async throws
  {
    func scenario(_ store: borrowing TestStore, _ system: FaultInjectingFileSystem, _ runs: Runs)
      async
    {
      do {
        let governor = try await store.open(surroundings: surroundings(system))
        let tool = governor.tool("read") { _ in
          runs.note()
          return ""
        }
        do {
          var description = RunDescription(agent: "a", mission: "m")
          description.id = "r"
          try await governor.run(description) { run in
            for _ in 0..<2 { _ = try await tool("{}", in: run) }
          }
        } catch {}
        await governor.close()
      } catch {}
    }
    let counting = FaultInjectingFileSystem()
    do {
      let store = try TestStore()
      await scenario(store, counting, Runs())
    }
    let count = counting.callCount()
    var strike = 0
    let step = isDebugBuild ? 3 : 1
    for number in stride(from: 1, through: count, by: step) {
      for fault in [Fault.crash, .crashHalfway] {
        let store = try TestStore()
        let runs = Runs()
        let system = FaultInjectingFileSystem(SystemFileSystem(), FaultPlan(at: number, fault))
        await scenario(store, system, runs)
        if system.hasStruck { strike += 1 }
        let governor = try await store.open()
        await governor.close()
        let events = try store.events(ofRun: "r")
        let starts = events.filter { $0.kind == .toolStart }.count
        let decided = events.filter { $0.kind == .policyDecision }.count
        let ends = events.filter { [.toolEnd, .toolOrphaned].contains($0.kind) }.count
        #expect(runs.count <= starts, "call \(number), \(fault)")
        #expect(starts <= decided)
        #expect(starts == ends, "call \(number), \(fault)")
        if events.contains(where: { $0.kind == .runStart }) {
          let last = try #require(events.last)
          #expect([.runEnd, .runFailed, .runOrphaned].contains(last.kind), "call \(number)")
        }
        #expect(try store.verify())
      }
    }
    #expect(strike > 20)
  }
}
