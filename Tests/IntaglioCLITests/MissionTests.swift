import Intaglio
import IntaglioHooks
import Testing

@Suite struct MissionTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  /// The missions `desk`, with a run that ended and one that is paused and waits for people, and `solo`, with one that ended.
  private func makeStore(_ suffix: String = "") async throws {
    let policy = #"""
      {"version":1,"default":"allow",
       "rules":[{"id":"ask","when":{"tool":"pay"},"effect":"review","reason":"money"}]}
      """#
    let governor = try await Governor.open(
      at: bench.directory.path.appending("store"),
      options: try governorOptions(policy))
    for (id, mission) in [("one", "desk"), ("two", "solo"), ("three", "desk")] {
      var description = RunDescription(agent: "clerk", mission: mission + suffix)
      description.id = id + suffix
      let run = try await governor.start(description)
      try await run.change { state throws(LogError) in
        try state.set([1], "memory", id)
      }
      if id == "three" {
        _ = try await run.decide([ToolCall(function: "pay", arguments: "{}")])
        try await run.pause(reason: "review")
      } else {
        try await run.checkpoint(label: "half" + suffix)
        try await run.end()
      }
    }
    await governor.close()
  }

  @Test func missionsAreListedWithWhatBelongsToThem() async throws {
    try await makeStore()
    let lines = try bench.intaglio("missions", "store").lines
    #expect(lines.count == 2)
    for part in ["desk", "2 runs", "6 checkpoints", "1 open ticket", "paused three"] {
      #expect(lines.first?.contains(part) == true, "\(part) in \(lines)")
    }
    for part in ["solo", "1 run ", "3 checkpoints", "0 open tickets"] {
      #expect(lines.last?.contains(part) == true, "\(part) in \(lines)")
    }
    #expect(lines.last?.contains("paused") == false)
    let query =
      #"[.mission, .log, .runCount, .checkpointCount, .openTicketCount, .openRuns, (.lastActivity | length > 20)]"#
    let json = try bench.shell(#""$intaglio" missions store --json | jq -c '\#(query)'"#)
    #expect(
      json.lines == [
        #"["desk","0",2,6,1,[{"run":"three","state":"paused"}],true]"#,
        #"["solo","0",1,3,0,[],true]"#,
      ])
    // One log by itself is looked at as well.
    #expect(try bench.intaglio("missions", "store/0").lines.count == 2)
  }

  @Test func aMissionIsShownWithItsRunsCheckpointsStateAndTickets() async throws {
    try await makeStore()
    let text = try bench.intaglio("mission", "show", "store", "desk").output
    for part in [
      "mission desk  log 0", "runs:", "ended", "paused", "checkpoints:", #""run.start""#,
      #""half""#, #""before call 0""#, #""run.paused""#, "state:", "memory  2 keys",
      "waiting for people:", "function:pay {}", "(money)",
    ] {
      #expect(text.contains(part), "\(part) in \(text)")
    }
    #expect(!text.contains("two"))
    let query =
      #"[.mission, [.runs[].run], [.checkpoints[] | .label + "/" + .run], .state, [.tickets[].tool]]"#
    let json = try bench.shell(
      #""$intaglio" mission show store desk --json | jq -c '\#(query)'"#)
    #expect(
      json.lines == [
        #"["desk",["one","three"],["run.start/one","half/one","run.end/one","run.start/three","before call 0/three","run.paused/three"],{"memory":2,"policy":1},["function:pay"]]"#
      ])
    let missing = try bench.intaglio("mission", "show", "store", "nobody")
    #expect(missing.exitCode == 1 && missing.hasOneLineError)
    #expect(missing.errors.contains("nobody"))
  }

  @Test func aMissionThatWasTakenBackKeepsItsCheckpoints() async throws {
    try await makeStore()
    let governor = try await Governor.open(at: bench.directory.path.appending("store"))
    let half = try #require(
      try await governor.checkpoints(ofMission: "solo").first { $0.label == "half" })
    let run = try await governor.start(RunDescription(agent: "clerk", mission: "solo"))
    try await run.change { state throws(LogError) in try state.set([1], "memory", "more") }
    try await run.end()
    try await governor.rollback(mission: "solo", to: half, reason: "wrong", by: "ops")
    await governor.close()
    let text = try bench.intaglio("mission", "show", "store", "solo").output
    #expect(text.contains("memory  1 key\n"), "\(text)")
    #expect(text.split(separator: "\n").count { $0.contains(#""run.end""#) } == 2)
  }

  @Test func whatAgentsHoldIsGrantedRevokedAndShown() async throws {
    try await makeStore()
    let granted = try bench.intaglio("mission", "grant", "store", "desk", "clerk", "pay")
    #expect(granted.output == "clerk of desk holds function:pay\n", "\(granted.errors)")
    let more = try bench.intaglio(
      "mission", "grant", "store", "desk", "clerk", "mcp:files/*", "--by", "ops")
    #expect(more.output == "clerk of desk holds function:pay, mcp:files/*\n")
    let shown = try bench.intaglio("mission", "show", "store", "desk").output
    #expect(shown.contains("capabilities:\n  clerk  function:pay, mcp:files/*\n"), "\(shown)")
    // The paused run's ticket goes with what it was for.
    let revoked = try bench.intaglio("mission", "revoke", "store", "desk", "clerk", "pay")
    #expect(revoked.output == "clerk of desk holds mcp:files/*\n")
    #expect(try bench.intaglio("reviews", "store").output.isEmpty)
    let last = try bench.intaglio("mission", "revoke", "store", "desk", "clerk", "mcp:files/*")
    #expect(last.output == "clerk of desk holds nothing\n")
    let json = try bench.shell(
      #""$intaglio" mission show store desk --json | jq -c .capabilities"#)
    #expect(json.lines == ["{}"])
    for arguments in [
      ["mission", "revoke", "store", "solo", "clerk", "pay"],
      ["mission", "grant", "store", "nobody", "clerk", "pay"],
      ["mission", "grant", "store", "solo", "clerk", "nothing:x\u{1B}"],
      ["mission", "grant", "store", "solo", "", "pay"],
    ] {
      let outcome = try bench.start(arguments).outcome()
      #expect(outcome.exitCode == 1 && outcome.hasOneLineError, "\(arguments)")
      #expect(outcome.errors.isSafeForTerminals)
    }
    #expect(try bench.intaglio("verify", "store").exitCode == 0)
  }

  @Test func aProgramThatWritesGrantsByItself() async throws {
    try await makeStore()
    let governor = try await Governor.open(at: bench.directory.path.appending("store"))
    for command in ["grant", "revoke"] {
      let outcome = try bench.intaglio("mission", command, "store", "desk", "clerk", "pay")
      #expect(outcome.exitCode == 1 && outcome.hasOneLineError)
      #expect(outcome.errors.contains("a program writes store/0"), "\(outcome.errors)")
    }
    await governor.close()
  }

  @Test func nothingThatOthersWroteReachesATerminalRaw() async throws {
    let suffix = "\u{202E}\u{200B}x"
    try await makeStore(suffix)
    for arguments in [
      ["missions", "store"], ["missions", "store", "--json"],
      ["mission", "show", "store", "desk" + suffix],
      ["mission", "show", "store", "desk" + suffix, "--json"],
      ["mission", "show", "store", "\u{1B}[2J"],
    ] {
      let outcome = try bench.start(arguments).outcome()
      #expect(outcome.output.isSafeForTerminals, "\(arguments)")
      #expect(outcome.errors.isSafeForTerminals, "\(arguments)")
      #expect((outcome.exitCode == 0) == !arguments.contains("\u{1B}[2J"))
    }
  }
}
