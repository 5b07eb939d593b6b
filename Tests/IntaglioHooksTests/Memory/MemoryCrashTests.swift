import Intaglio
import IntaglioFormat
import IntaglioHooks
import IntaglioStorage
import IntaglioTestSupport
import Testing

@Suite struct MemoryCrashTests {
  /// Remembers, replaces and forgets in one run, with checkpoints between.
  private func work(_ store: borrowing TestStore, _ system: FaultInjectingFileSystem) async {
    var surroundings = Surroundings()
    surroundings.system = system
    guard
      let governor = try? await store.open(
        surroundings: surroundings,
        {
          $0.log.automaticCheckpointChangeCount = 10
          $0.log.segmentByteCount = 16 << 10
        })
    else { return }
    var description = RunDescription(agent: "a", mission: "m")
    description.id = "r"
    try? await governor.run(description) { run async throws in
      for round in 0..<3 {
        for key in ["a", "b", "c"] {
          try await run.remember(
            key, "round \(round) of \(key) word\(round)", tags: ["t", "t\(round)"])
        }
        _ = try await run.forget("b")
        try await run.checkpoint(label: "\(round)")
      }
    }
    await governor.close()
  }

  @Test func `after a crash at any call index and entries agree, and no event claims what is not`()
    async throws
  {
    let counting = FaultInjectingFileSystem()
    do { await work(try TestStore(), counting) }
    let count = counting.callCount()
    var strikes = 0
    var entryCounts: Set<Int> = []
    for number in stride(from: 1, through: count, by: isDebugBuild ? 3 : 1) {
      for fault in [Fault.crash, .crashHalfway] {
        let store = try TestStore()
        let system = FaultInjectingFileSystem(SystemFileSystem(), FaultPlan(at: number, fault))
        await work(store, system)
        if system.hasStruck { strikes += 1 }
        let governor = try await store.open()
        await governor.close()
        guard let view = try store.memory(ofMission: "m") else { continue }
        let comment: Comment = "call \(number), \(fault)"
        try MemoryChecker(view: view).check(comment)
        entryCounts.insert(try view.counts()["memory"] ?? 0)
        try check(events: store.events(ofRun: "r"), view, comment)
        #expect(try store.verify(), comment)
      }
    }
    #expect(strikes > 20)
    #expect(entryCounts.count > 2)
  }

  /// Each event's key is as it says, but for the one change behind the last event that a crash may have left without one.
  private func check(
    events: [RecordedEvent], _ view: StateView, _ comment: Comment
  ) throws {
    var claimed: [String: String] = [:]
    for event in events {
      let key = event["intaglio.memory.key"]?.string ?? ""
      switch event.kind {
      case .memoryRemembered: claimed[key] = event["intaglio.memory.digest"]?.string
      case .memoryForgotten: claimed[key] = nil
      default: break
      }
    }
    var difference = 0
    for key in ["a", "b", "c"] {
      var found: String?
      if let bytes = try view.value("memory", key),
        let entry = try MemoryReader(view).entry(key),
        let header = try? JSON.parse(Array(bytes.prefix { $0 != 0x0A })),
        let salt = header["salt"]?.string
      {
        found = SaltedDigest.ofMemory(entry.value.content, salt: salt).hex
      }
      if found != claimed[key] { difference += 1 }
    }
    #expect(difference <= 1, comment)
  }
}
