import Intaglio
import IntaglioHooks
import IntaglioStorage
import IntaglioTestSupport
import Testing

@Suite struct GovernorClosingTests {
  @Test func `a governor that is closed twice leaves the others' store open`() async throws {
    let store = try TestStore()
    let first = try await store.open()
    let second = try await store.open()
    await first.close()
    await first.close()
    #expect(await code { _ = try await first.start(RunDescription(agent: "a")) } == .closed)
    let run = try await second.start(RunDescription(agent: "a"))
    try await run.end()
    await second.close()
  }

  @Test func `a governor that is dropped gives its store back`() async throws {
    let store = try TestStore()
    do {
      let governor = try await store.open()
      let run = try await governor.start(RunDescription(agent: "a"))
      _ = try await run.decide([ToolCall(function: "read", arguments: "{}")])
    }
    var log: Log?
    for _ in 0..<100 where log == nil {
      log = try? Log.open(at: store.path.appending("0"))
      try await Task.sleep(for: .milliseconds(20))
    }
    try #require(log).close()
  }

  @Test func `opening, closing and starting at once neither hang nor lose a run`() async throws {
    let store = try TestStore()
    let path = store.path
    let ids = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<8 {
        group.addTask {
          var id = ""
          for _ in 0..<4 {
            let governor = try await Governor.open(at: path)
            id = try await governor.run(agent: "a") { $0.id }
            await governor.close()
          }
          return id
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    for id in ids { #expect(try store.story(ofRun: id) == "run.start run.end") }
    #expect(try store.verify())
  }

  @Test func `calls that wait while the governor closes are answered`() async throws {
    let store = try TestStore()
    let governor = try await store.open()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<16 {
        group.addTask {
          for _ in 0..<50 {
            do { try await governor.run(agent: "a") { _ in } } catch {
              #expect([.closed, .runOver].contains((error as? GovernorError)?.code))
              return
            }
          }
        }
      }
      group.addTask { await governor.close() }
    }
    #expect(try store.verify())
  }

  @Test func `gaps are recorded once, however many runs begin, and no later than at closing`()
    async throws
  {
    let store = try TestStore()
    let system = FaultInjectingFileSystem()
    var surroundings = Surroundings()
    surroundings.system = system
    let governor = try await store.open(surroundings: surroundings) {
      $0.engineTimeout = .milliseconds(500)
      $0.onEngineError = .allowAndCount
    }
    let tool = governor.tool("read") { _ in "" }
    let run = try await governor.start(RunDescription(agent: "a"))
    system.arm(FaultPlan(at: 1, of: [.synchronizeData], .stall))
    _ = try await tool("{}", in: run)
    try await run.end()
    try await run.end()
    system.release()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<16 {
        group.addTask { try await governor.run(agent: "a") { _ in } }
      }
      try await group.waitForAll()
    }
    let second = try await governor.start(RunDescription(agent: "b"))
    system.arm(FaultPlan(at: 1, of: [.synchronizeData], .stall))
    _ = try await tool("{}", in: second)
    try await second.end()
    system.release()
    await governor.close()
    let gaps = try store.events(ofStream: "governor").filter { $0.kind == .auditGap }
    #expect(gaps.count { $0["intaglio.run.id"] == .string(run.id) } == 2)
    #expect(gaps.count { $0["intaglio.run.id"] == .string(second.id) } == 1)
    // request and decision, start, end, and the run's end twice.
    let counts = gaps.filter { $0["intaglio.run.id"] == .string(run.id) }.compactMap {
      $0.integer("intaglio.count")
    }
    #expect(counts.reduce(0, +) <= 5)
  }

  @Test func `after closing no tool runs, whatever was chosen for engines that fail`() async throws
  {
    let store = try TestStore()
    let governor = try await store.open { $0.onEngineError = .allowAndCount }
    let runs = Runs()
    let tool = governor.tool("read") { _ in
      runs.note()
      return ""
    }
    let run = try await governor.start(RunDescription(agent: "a"))
    await governor.close()
    #expect(await code { _ = try await tool("{}", in: run) } == .closed)
    #expect(runs.count == 0)
  }
}
