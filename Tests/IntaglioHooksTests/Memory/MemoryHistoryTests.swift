import Intaglio
import IntaglioFormat
import IntaglioHooks
import IntaglioTestSupport
import Testing

@Suite struct MemoryHistoryTests {
  @Test func `random histories with checkpoints and rollbacks recall what a dictionary does`()
    throws
  {
    var random = RandomMemory(generator: SeededGenerator(for: "histories of a memory"))
    for round in 0..<(isDebugBuild ? 12 : 60) {
      let directory = try TemporaryDirectory()
      var options = LogOptions()
      options.automaticCheckpointChangeCount = random.pick([1, 7, 50, 8192])
      let log = try Log.open(
        at: directory.path.appending("log"), creatingIfMissing: true, options: options)
      let space = try log.stateSpace(named: "mission/m")
      var model = MemoryModel()
      var saved: [(Checkpoint, MemoryModel)] = []
      var now = Timestamp(nanoseconds: 1 << 60)
      for step in 0..<60 {
        if random.chance(2) {
          now.nanoseconds += UInt64.random(in: 0...4, using: &random.generator)
        }
        switch Int.random(in: 0..<12, using: &random.generator) {
        case 0..<6:
          let entry = random.entry(at: now)
          try space.transaction { try MemoryChange.remember(entry, in: &$0) }
          model.entries[entry.key] = entry
        case 6..<9:
          let key = random.key()
          try space.transaction { try MemoryChange.forget(key, in: &$0) }
          model.entries[key] = nil
        case 9, 10:
          saved.append((try space.checkpoint(label: "\(step)"), model))
        default:
          guard let (checkpoint, before) = saved.randomElement(using: &random.generator) else {
            continue
          }
          try space.rollback(to: checkpoint, reason: "", by: "test")
          model = before
        }
        try compare(space.current, model, now, &random, "round \(round), step \(step)")
      }
      try MemoryChecker(view: space.current).check("round \(round)")
      try log.close()
      let view = try #require(
        try LogReader.open(at: log.path).snapshot().state(ofSpace: "mission/m"))
      try compare(view, model, now, &random, "round \(round), reopened")
    }
  }

  private func compare(
    _ view: StateView, _ model: MemoryModel, _ now: Timestamp, _ random: inout RandomMemory,
    _ comment: Comment
  ) throws {
    for _ in 0..<4 {
      let query = random.query()
      let limit = random.pick([1, 2, 3, 10, 100])
      let expected = model.recall(query, limit: limit, at: now)
      let found = try MemoryReader(view).recall(query, limit: limit, at: now)
      #expect(found.keys == expected, "\(comment): \(query), limit \(limit)")
      #expect(found.allSatisfy { model.entries[$0.key] == $0 }, comment)
      // What has to hold is exact at any length of the lists; the ranking of words alone is not.
      guard !query.tags.isEmpty || query.words == nil else { continue }
      var effort = IndexEffort()
      effort.readLimit = random.pick([1, 2, 5])
      effort.skipLimit = random.pick([1, 2, 5])
      effort.lookupCost = random.pick([0, 1])
      effort.prefixLimit = random.pick([0, 1, 3])
      let short = MemoryReader(view, effort: effort)
      #expect(
        try short.recall(query, limit: limit, at: now).keys == expected,
        "\(comment): \(query), limit \(limit), short lists")
    }
  }

  @Test func `of words that all are in too many entries only the newest entries are ranked`()
    throws
  {
    let directory = try TemporaryDirectory()
    let log = try Log.open(at: directory.path.appending("log"), creatingIfMissing: true)
    let space = try log.stateSpace(named: "m")
    for number in 0..<40 {
      let text = number == 3 ? "common usual rare" : number % 2 == 0 ? "common" : "usual"
      let entry = MemoryEntry(
        key: "k\(number)", value: .text(text), time: Timestamp(nanoseconds: UInt64(number + 1)),
        run: "r", agent: "a", salt: "")
      try space.transaction { try MemoryChange.remember(entry, in: &$0) }
    }
    var effort = IndexEffort()
    effort.readLimit = 10
    let reader = MemoryReader(space.current, effort: effort)
    let now = Timestamp(nanoseconds: 1000)
    // The rare word leads, and the others are asked.
    #expect(
      try reader.recall(.words("common usual rare"), limit: 2, at: now).keys == ["k3", "k39"])
    // The entry with both is behind what is read of either: the newest with one come first.
    #expect(try reader.recall(.words("common usual"), limit: 2, at: now).keys == ["k39", "k38"])
    #expect(try reader.recall(.words("common usual"), limit: 100, at: now).count <= 20)
    #expect(
      try MemoryReader(space.current).recall(.words("common usual"), limit: 2, at: now).keys
        == ["k3", "k39"])
    try log.close()
  }

  @Test func `a rollback of the mission takes memory and index back in one, and forward again`()
    async throws
  {
    let store = try TestStore()
    let clock = TestClock()
    let governor = try await store.open(at: clock)
    let safe = try await governor.run(agent: "a", mission: "m") { run async throws in
      try await run.remember("seat", "window", tags: ["t"])
      let checkpoint = try await run.checkpoint(label: "safe")
      clock.advance(nanoseconds: 1)
      try await run.remember("seat", "aisle")
      try await run.remember("meal", "window meal", tags: ["t"])
      return checkpoint
    }
    let later = try #require(try await governor.checkpoints(ofMission: "m").first)
    try await governor.rollback(mission: "m", to: safe, reason: "wrong", by: "ops")
    try await governor.run(agent: "a", mission: "m") { run async throws in
      #expect(try await run.recall(.words("window")).keys == ["seat"])
      #expect(try await run.recall(.words("aisle")).isEmpty)
      #expect(try await run.recall(.tags("t")).map(\.value) == [.text("window")])
    }
    try await governor.rollback(mission: "m", to: later, reason: "after all", by: "ops")
    try await governor.run(agent: "a", mission: "m") { run async throws in
      #expect(try await run.recall(.words("window")).keys == ["meal"])
      #expect(try await run.recall(.key("seat")).first?.value == .text("aisle"))
    }
    await governor.close()
    try MemoryChecker(view: try #require(try store.memory(ofMission: "m"))).check()
    #expect(try store.verify())
  }
}
