import Intaglio
import IntaglioStorage
import IntaglioTestSupport
import Testing

@testable import IntaglioHooks

/// Named so that the gate runs it under the thread sanitizer too.
@Suite struct RunExecutorConcurrencyTests {
  /// Whether the caller is on a thread of a governor's runs.
  private static var isOnWorker: Bool { Worker.current.value != nil }

  @Test func `bodies of runs, and tasks beneath them, go on on the governor's own threads`()
    async throws
  {
    let store = try TestStore()
    let governor = try await store.open()
    let tool = governor.tool("read") { _ in String(Self.isOnWorker) }
    #expect(!Self.isOnWorker)
    try await governor.run(agent: "a") { run in
      #expect(Self.isOnWorker)
      let answer = try await tool("{}", in: run)
      #expect(answer.text == "true")
      #expect(Self.isOnWorker)
      await withTaskGroup { group in
        for _ in 0..<8 { group.addTask { #expect(Self.isOnWorker) } }
      }
    }
    #expect(!Self.isOnWorker)
    await governor.close()
  }

  @Test func `a run whose own thread is at a stalled disk times out, and others go on`()
    async throws
  {
    let store = try TestStore()
    let system = FaultInjectingFileSystem()
    let governor = try await store.open(surroundings: surroundings(system)) {
      $0.engineTimeout = .milliseconds(500)
    }
    let bodies = Runs()
    let tool = governor.tool("read") { _ in
      bodies.note()
      return ""
    }
    let begun = Runs()
    let over = Runs()
    // On a machine under load a run may time out before it has begun.
    while begun.count == 0 {
      let ending = await code {
        try await governor.run(agent: "a") { run in
          begun.note()
          await withTaskGroup { group in
            system.arm(FaultPlan(at: 1, of: [.synchronizeData], .stall))
            group.addTask {
              #expect(await code { _ = try await tool("{}", in: run) } == .engineTimeout)
              over.note()
            }
            // Comes to its end only if a thread is left for it while the other's is in the sync.
            group.addTask { while !system.hasStruck, over.count == 0 { await Task.yield() } }
          }
          system.release()
        }
      }
      #expect(ending == (begun.count == 0 ? .engineTimeout : .runOver))
    }
    #expect(bodies.count == 0)
    await governor.close()
  }

  @Test func `a governor that is closed inside the body of a run leaves the body its thread`()
    async throws
  {
    let store = try TestStore()
    let governor = try await store.open()
    let bodies = Runs()
    let ending = await code {
      try await governor.run(agent: "a") { run in
        await governor.close()
        await Task.yield()
        bodies.note()
      }
    }
    #expect(ending == .closed)
    #expect(bodies.count == 1)
    #expect(try store.verify())
  }

  @Test func `an executor that nobody else keeps stays until its last task has ended`() async throws
  {
    let store = try TestStore()
    let governor = try await store.open()
    for count in 0..<50 {
      let task = Task(executorPreference: RunExecutor(for: governor.store.thread)) {
        for _ in 0..<count { await Task.yield() }
        return await withTaskGroup { group in
          for number in 0..<4 { group.addTask { Self.isOnWorker ? number : 100 } }
          return await group.reduce(0, +)
        }
      }
      #expect(await task.value == 6)
    }
    await governor.close()
  }

  @Test func `runs that ask, wait, spread and switch all come to their end`() async throws {
    let store = try TestStore()
    let governor = try await store.open()
    let tool = governor.tool("read") { arguments in
      await Task.yield()
      return arguments
    }
    let bystander = Bystander()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<24 {
        group.addTask {
          try await governor.run(agent: "a") { run in
            try await withThrowingTaskGroup(of: Void.self) { calls in
              for _ in 0..<4 {
                calls.addTask {
                  _ = try await tool("{}", in: run)
                  await bystander.note()
                }
              }
              try await calls.waitForAll()
            }
            if number % 8 == 0 { try await Task.sleep(for: .milliseconds(1)) }
            await bystander.note()
          }
        }
        // Nobody's thread of runs.
        group.addTask {
          let run = try await governor.start(RunDescription(agent: "b"))
          _ = try await tool("{}", in: run)
          try await run.end()
        }
      }
      try await group.waitForAll()
    }
    #expect(await bystander.count == 24 * 5)
    await governor.close()
    #expect(try store.verify())
  }

  private actor Bystander {
    var count = 0
    func note() { count += 1 }
  }
}

@Suite struct GovernorNotingTests {
  @Test func `what somebody else has written and not synced is waited for`() throws {
    let store = try TestStore()
    let system = FaultInjectingFileSystem()
    let surroundings = surroundings(system)
    let directory = StoreDirectory(store.path, in: system)
    _ = try directory.make()
    let log = try directory.openFirstFreeLog(LogOptions(), surroundings)
    let core = try GovernorCore(log, in: directory, surroundings)
    #expect(core.synchronize() == nil)
    system.arm(FaultPlan(at: 1, of: [.synchronizeData], .stall))
    let receipt = try log.append([1], to: try log.stream(named: "s"))
    let committer = BackgroundThread { try? receipt.wait() }
    while !system.hasStruck { BackgroundThread.yield() }
    #expect(log.snapshot().count >= receipt.sequences.upperBound.rawValue)
    core.note(receipt)
    let released = Runs()
    let releaser = BackgroundThread {
      sleep(microseconds: 20_000)
      released.note()
      system.release()
    }
    #expect(core.synchronize() == nil)
    #expect(released.count == 1)
    committer.join()
    releaser.join()
    core.close()
  }
}
