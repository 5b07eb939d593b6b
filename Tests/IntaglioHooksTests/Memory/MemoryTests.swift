import Intaglio
import IntaglioFormat
import IntaglioHooks
import IntaglioTestSupport
import Testing

@Suite struct MemoryTests {
  /// A run of a new store, with a clock that goes on by a second with each look.
  private func inRun(
    policy: String? = nil, _ body: (GovernedRun, TestClock) async throws -> Void
  ) async throws {
    let store = try TestStore()
    let clock = TestClock()
    let governor = try await store.open(at: clock, policy: policy)
    var description = RunDescription(agent: "clerk", mission: "m")
    description.id = "r"
    try await governor.run(description) { run in try await body(run, clock) }
    await governor.close()
    try MemoryChecker(view: try #require(try store.memory(ofMission: "m"))).check()
    #expect(try store.verify())
  }

  @Test func `what is remembered is recalled as it was, with where it comes from`() async throws {
    try await inRun { run, clock async throws in
      let before = clock.clock.wall()
      let tool = GovernedTool(ToolIdentity(name: "read")) { _ in "" }
      _ = try await tool("{}", in: run)
      try await run.modelRequested(ModelRequest(model: "m", input: []))
      try await run.remember(
        "guest/seat", "window, row 12", tags: ["guest", "seat", "guest"],
        expires: .after(.seconds(60)), call: 0)
      let reference = MemoryReference(kind: "file", id: "sha256:12", location: "/tmp/\"x\"")
      try await run.remember("picture", .reference(reference))
      try await run.remember("raw", .bytes([0, 10, 255]))
      let entry = try #require(try await run.recall(.key("guest/seat")).first)
      #expect(entry.value == .text("window, row 12"))
      #expect(entry.tags == ["guest", "seat"])
      #expect(entry.time.nanoseconds == before)
      #expect(entry.expires?.nanoseconds == before + 60_000_000_000)
      #expect(entry.run == "r" && entry.agent == "clerk" && entry.turn == 1 && entry.call == 0)
      #expect(!entry.isTainted)
      #expect(try await run.recall(.key("picture")).first?.value == .reference(reference))
      #expect(try await run.recall(.key("raw")).first?.value == .bytes([0, 10, 255]))
      #expect(try await run.recall(.key("nothing")).isEmpty)
    }
  }

  @Test func `the empty text, line feeds and the longest key are remembered`() async throws {
    try await inRun { run, _ async throws in
      let key = String(repeating: "é", count: 256)
      try await run.remember(key, "")
      try await run.remember("lines", "\n{\"v\":2}\nend\n")
      #expect(try await run.recall(.key(key)).first?.value == .text(""))
      #expect(try await run.recall(.key("lines")).first?.value == .text("\n{\"v\":2}\nend\n"))
      #expect(try await run.recall(MemoryQuery()).count == 2)
    }
  }

  @Test func `tags are conjunctive, the newest comes first, and prefixes are by bytes`()
    async throws
  {
    try await inRun { run, clock async throws in
      for (key, tags) in [
        ("a/1", ["x"]), ("a/2", ["x", "y"]), ("b/1", ["y"]), ("a", ["x", "y"]), ("ab", ["xy"]),
      ] {
        try await run.remember(key, "v", tags: tags)
        clock.advance(nanoseconds: 1)
      }
      #expect(try await run.recall(.tags("x")).keys == ["a", "a/2", "a/1"])
      #expect(try await run.recall(.tags("x", "y")).keys == ["a", "a/2"])
      #expect(try await run.recall(.tags("x", "z")).isEmpty)
      #expect(try await run.recall(.prefix("a/")).keys == ["a/2", "a/1"])
      #expect(try await run.recall(.prefix("a")).keys == ["ab", "a", "a/2", "a/1"])
      #expect(try await run.recall(MemoryQuery(prefix: "a/", tags: ["y"])).keys == ["a/2"])
      #expect(try await run.recall(MemoryQuery(prefix: "b", words: "v")).keys == ["b/1"])
      #expect(try await run.recall(MemoryQuery(key: "a/1", tags: ["y"])).isEmpty)
      #expect(try await run.recall(MemoryQuery(key: "a/1", words: "V none")).keys == ["a/1"])
      #expect(try await run.recall(MemoryQuery(), limit: 2).keys == ["ab", "a"])
    }
  }

  @Test func `words rank by how many match, then the newest, then by key`() async throws {
    // What is remembered, in this order; equal numbers at the same moment.
    let entries = [
      (0, "one", "the red house"), (1, "two", "the Blue house by the sea"),
      (2, "three", "a red boat"), (3, "sea", "nothing else"), (4, "k2", "red"), (4, "k1", "red"),
    ]
    let table: [(words: String, keys: [String])] = [
      ("red", ["k1", "k2", "three", "one"]), ("RED House", ["one", "k1", "k2", "three", "two"]),
      ("blue, sea!", ["two", "sea"]), ("the", ["two", "one"]), ("houses", []),
      ("house the red blue", ["two", "one", "k1", "k2", "three"]),
      ("k1 red", ["k1", "k2", "three", "one"]),
    ]
    try await inRun { run, clock async throws in
      var now = 0
      for (time, key, text) in entries {
        clock.advance(nanoseconds: UInt64(time - now))
        now = time
        try await run.remember(key, text)
      }
      for (words, keys) in table {
        #expect(try await run.recall(.words(words)).keys == keys, "\(words)")
        for limit in 1...3 {
          #expect(
            try await run.recall(.words(words), limit: limit).keys == Array(keys.prefix(limit)),
            "\(words), \(limit)")
        }
      }
    }
  }

  @Test func `what has expired is never found, and goes when it is met`() async throws {
    try await inRun { run, clock async throws in
      try await run.remember("a", "word", tags: ["t"], expires: .after(.seconds(10)))
      let end = Timestamp(nanoseconds: clock.clock.wall() + 20_000_000_000)
      try await run.remember("b", "word", tags: ["t"], expires: .at(end))
      for (seconds, keys) in [(9, ["a", "b"]), (10, ["b"]), (19, ["b"]), (20, [])] {
        let wanted = UInt64(seconds) * 1_000_000_000 + 1_700_000_000_000_000_000
        clock.advance(nanoseconds: wanted - clock.clock.wall())
        for query in [MemoryQuery(), .tags("t"), .words("word"), .prefix("")] {
          #expect(try await run.recall(query).keys.sorted() == keys, "\(seconds) s, \(query)")
        }
        #expect(try await run.recall(.key("a")).isEmpty == !keys.contains("a"))
      }
      // It is there until somebody meets it, and nobody is told that it was.
      #expect(try await run.value("memory", "a") != nil)
      #expect(try await !run.forget("a"))
      #expect(try await run.value("memory", "a") == nil)
      #expect(
        await code { try await run.remember("c", "", expires: .after(.zero)) } == .invalid)
      #expect(await code { try await run.remember("c", "", expires: .at(end)) } == .invalid)
      try await run.remember("d", "", expires: .after(.seconds(Int64.max)))
      #expect(try await run.recall(.key("d")).first?.expires?.nanoseconds == .max)
    }
  }

  @Test func `what is remembered anew leaves nothing of the old in the index`() async throws {
    try await inRun { run, clock async throws in
      try await run.remember("k", "old words", tags: ["old"], expires: .after(.seconds(5)))
      clock.advance(nanoseconds: 1)
      try await run.remember("k", "new words", tags: ["new"])
      #expect(try await run.recall(.words("old")).isEmpty)
      #expect(try await run.recall(.tags("old")).isEmpty)
      #expect(try await run.recall(.words("words")).keys == ["k"])
      // At the same moment, and after the clock was set back.
      try await run.remember("k", "new words", tags: ["new"])
      clock.stepWall(nanoseconds: -1_000_000_000)
      try await run.remember("k", "other")
      #expect(try await run.recall(MemoryQuery()).map(\.value) == [.text("other")])
    }
  }

  @Test func `what is forgotten is gone, and whether anything was there is said`() async throws {
    try await inRun { run, _ async throws in
      try await run.remember("k", "text", tags: ["t"])
      #expect(try await run.forget("k"))
      #expect(try await !run.forget("k"))
      #expect(try await !run.forget("never"))
      #expect(try await run.recall(MemoryQuery()).isEmpty)
      #expect(try await run.recall(.words("text")).isEmpty)
    }
  }

  @Test func `the run tells of both, with digests and without values`() async throws {
    let store = try TestStore()
    let governor = try await store.open(at: TestClock())
    try await governor.run(agent: "clerk", mission: "m") { run async throws in
      try await run.remember("k", "secret text", tags: ["t"])
      try await run.remember("k", "secret text", expires: .after(.seconds(1)))
      try await run.forget("k")
      try await run.forget("k")
    }
    await governor.close()
    let stream = try #require(
      try LogReader.open(at: store.path.appending("0")).snapshot().streams().map(\.0)
        .first { $0.name.hasPrefix("run/") })
    let events = try store.events(ofStream: stream.name)
      .filter { [.memoryRemembered, .memoryForgotten].contains($0.kind) }
    #expect(events.map(\.kind) == [.memoryRemembered, .memoryRemembered, .memoryForgotten])
    let first = events[0]
    #expect(first["intaglio.memory.key"] == .string("k"))
    #expect(first["intaglio.memory.tags"] == .array([.string("t")]))
    #expect(first.integer("intaglio.byte_count") == 11)
    #expect(first["intaglio.replaces"] == nil && events[1].isTrue("intaglio.replaces"))
    #expect(events[1]["intaglio.expires"] == .string("1700000001000000000"))
    // Salted: equal values are not seen to be equal.
    let digests = events.prefix(2).map { $0["intaglio.memory.digest"]?.string }
    #expect(digests[0]?.count == 64 && digests[0] != digests[1])
    for event in events {
      #expect(!String(decoding: event.contents.canonical, as: UTF8.self).contains("secret"))
    }
    let salted = SaltedDigest.ofMemory(Array("x".utf8), salt: "00")
    #expect(salted == SHA256.hash(Array("intaglio/v1 memory\n00\nx".utf8)))
  }

  @Test func `what cannot be a memory or a query is refused, and nothing is written`()
    async throws
  {
    try await inRun { run, _ async throws in
      let long = String(repeating: "x", count: 513)
      for key in ["", long, "a\u{0}b", "a\nb", "\u{85}"] {
        #expect(await code { try await run.remember(key, "") } == .invalid)
        #expect(await code { _ = try await run.recall(.key(key)) } == .invalid)
        #expect(await code { try await run.forget(key) } == .invalid)
      }
      for tags in [[""], [String(long.prefix(65))], ["\u{7F}"], (0..<17).map(String.init)] {
        #expect(await code { try await run.remember("k", "", tags: tags) } == .invalid)
      }
      #expect(await code { try await run.remember("k", "", call: 0) } == .invalid)
      #expect(await code { try await run.remember("k", "", call: -1) } == .invalid)
      let large = MemoryValue.bytes([UInt8](repeating: 1, count: 16 << 20))
      #expect(await code { try await run.remember("k", large) } == .invalid)
      for limit in [0, 1001] {
        #expect(await code { _ = try await run.recall(MemoryQuery(), limit: limit) } == .invalid)
      }
      let words = (0..<33).map { "w\($0)" }.joined(separator: " ")
      for text in ["", "?!", words] {
        #expect(await code { _ = try await run.recall(.words(text)) } == .invalid)
      }
      #expect(try await run.recall(MemoryQuery()).isEmpty)
    }
  }

  @Test func `an entry with more words and tags than are indexed is replaced whole`() async throws {
    try await inRun { run, _ async throws in
      let tags = (0..<16).map { "tag\($0)" }
      let text = (0..<400).map { "w\($0)" }.joined(separator: " ")
      try await run.remember("k", text, tags: tags)
      // The key is a word as well.
      #expect(try await run.recall(.words("w254")).keys == ["k"])
      #expect(try await run.recall(.words("w255")).isEmpty)
      try await run.remember("k", text + " end", tags: tags)
      try await run.forget("k")
    }
  }

  @Test func `a value that a program set in the component is no memory, and can be replaced`()
    async throws
  {
    try await inRun { run, _ async throws in
      try await run.change { state throws(LogError) in
        try state.set([1, 2], "memory", "turn")
      }
      #expect(try await run.recall(.key("turn")).isEmpty)
      try await run.remember("turn", "text")
      #expect(try await run.recall(.key("turn")).count == 1)
      // Over an entry: what the index has of that is found by its key, though the entry cannot be read.
      try await run.remember("seat", "old words", tags: ["old"])
      try await run.remember("seat2", "old words")
      try await run.change { state throws(LogError) in
        try state.set([1, 2], "memory", "seat")
      }
      #expect(try await run.recall(.words("old")).keys == ["seat2"])
      try await run.remember("seat", "new")
      #expect(try await run.recall(.tags("old")).isEmpty)
    }
  }

  @Test func `what the policy takes out is taken out before anything is stored`() async throws {
    let policy = #"""
      {"version": 1, "default": "allow", "redact": [{"id": "mail", "pattern": "email"}]}
      """#
    let store = try TestStore()
    let governor = try await store.open(at: TestClock(), policy: policy)
    let secret = "jane.doe@example.com"
    try await governor.run(agent: "a", mission: "m") { run async throws in
      try await run.remember("guest", "write to \(secret)", tags: ["t"])
      try await run.remember("raw", .bytes(Array("write to \(secret)".utf8)))
      try await run.remember("json", #"{"to":"\#(secret)","seat":"window"}"#)
      let found = try await run.recall(.key("guest")).first?.value
      guard case .text(let text)? = found else {
        Issue.record("\(String(describing: found))")
        return
      }
      #expect(text.contains(#""rule":"mail""#))
      #expect(try await run.recall(.words("jane")).isEmpty)
      #expect(try await run.recall(.words("window")).keys == ["json"])
      // Nothing could be found by a marker: names are refused.
      let reference = MemoryReference(kind: "file", id: secret)
      #expect(await code { try await run.remember(secret, "") } == .invalid)
      #expect(await code { try await run.remember("k", "", tags: [secret]) } == .invalid)
      #expect(await code { try await run.remember("k", .reference(reference)) } == .invalid)
    }
    await governor.close()
    let snapshot = try LogReader.open(at: store.path.appending("0")).snapshot()
    for result in snapshot.records {
      let text = String(decoding: try result.get().payloadBytes, as: UTF8.self)
      #expect(!text.contains("jane"))
    }
    let stream = try #require(try snapshot.streams().map(\.0).first { $0.name.hasPrefix("run/") })
    let event = try #require(
      try store.events(ofStream: stream.name).first { $0.kind == .memoryRemembered })
    #expect(event["intaglio.redacted"] != nil)
    try MemoryChecker(view: try #require(try store.memory(ofMission: "m"))).check()
  }

  @Test func `a run that recalls what a tainted one remembered is tainted`() async throws {
    let policy = #"""
      {"version": 1, "default": "allow", "rules": [
        {"id": "web", "when": {"tool": "fetch"}, "reads": "untrusted"},
        {"id": "no", "when": {"tool": "send", "tainted": true}, "effect": "deny"}]}
      """#
    let store = try TestStore()
    let governor = try await store.open(policy: policy)
    let fetch = governor.tool("fetch") { _ in "" }
    let send = ToolCall(function: "send", arguments: "{}")
    try await governor.run(agent: "a", mission: "m") { run async throws in
      try await run.remember("clean", "mine")
      _ = try await fetch("{}", in: run)
      _ = try await run.decide([ToolCall(function: "other", arguments: "{}")])
      try await run.remember("found", "theirs")
    }
    try await governor.run(agent: "a", mission: "m") { run async throws in
      #expect(try await run.recall(.words("mine")).count == 1)
      #expect(try await run.decide([send])[0].effect == .allow)
      #expect(try await run.recall(.words("theirs")).first?.isTainted == true)
      #expect(try await run.decide([send])[0].effect == .deny)
    }
    await governor.close()
  }
}
