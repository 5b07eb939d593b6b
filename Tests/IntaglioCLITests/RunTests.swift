import Intaglio
import IntaglioHooks
import SystemPackage
import Testing

@Suite struct RunTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  private static let policy = #"""
    {"version": 1, "default": "allow",
     "rules": [{"id": "no-pay", "when": {"tool": "pay"}, "effect": "deny", "reason": "not here"}]}
    """#

  /// Two runs of the store `store`: `one`, which ended, and `two`, which failed.
  private func makeStore(arguments: String = #"{"to":"x"}"#, result: String = "done") async throws {
    let options = try governorOptions(Self.policy)
    let governor = try await Governor.open(
      at: bench.directory.path.appending("store"), options: options)
    for (id, mission) in [("one", "m"), ("two", "n")] {
      var description = RunDescription(agent: "clerk", mission: mission)
      description.id = id
      let run = try await governor.start(description)
      try await run.modelRequested(ModelRequest(model: "gpt-x", input: [#""hello""#]))
      try await run.modelResponded(
        ModelResponse(output: [#"{"content":"hi"}"#], inputTokenCount: 12, outputTokenCount: 3))
      for name in ["read", "pay"] {
        let tool = governor.tool(name) { _ in result }
        _ = try await tool(arguments, in: run)
      }
      if id == "one" {
        try await run.end()
      } else {
        try await run.fail(type: "oops", message: result)
      }
    }
    await governor.close()
  }

  @Test func runsAreListedWithWhatTheyDid() async throws {
    try await makeStore()
    let lines = try bench.intaglio("runs", "store").lines
    #expect(lines.count == 2)
    for (line, state) in zip(lines, ["ended", "failed"]) {
      let words = line.split(separator: " ").map(String.init)
      #expect(words.contains(state) && words.contains("clerk") && words.contains("12+3"))
      #expect(line.contains("1 turn  2 calls -1"))
    }
    #expect(try bench.intaglio("runs", "store", "--mission", "m").lines.count == 1)
    #expect(try bench.intaglio("runs", "store/0", "--agent", "nobody").output.isEmpty)
    let query = #"[.run, .state, .turnCount, .allowedCount, .deniedCount, .inputTokenCount]"#
    let json = try bench.shell(#""$intaglio" runs store --json | jq -c '\#(query)'"#)
    #expect(json.lines == [#"["one","ended",1,1,1,12]"#, #"["two","failed",1,1,1,12]"#])
  }

  @Test func aForgedRunReachesNoTerminalRaw() throws {
    let log = try Log.open(at: bench.directory.path.appending("log"), creatingIfMissing: true)
    let stream = try log.stream(named: "run/r")
    let hostile = #"\u001b[2J\u009b\u202e"#
    for (kind, members) in [
      (512, #""event":"run.start","intaglio.policy.digest":"\#(hostile)""#),
      (536, #""event":"tool.request","intaglio.call":0,"intaglio.tool":"\#(hostile)""#),
      (545, #""event":"policy.decision","intaglio.call":0,"intaglio.effect":"\#(hostile)""#),
    ] as [(UInt16, String)] {
      var batch = log.batch()
      try batch.append(Array(#"{\#(members),"v":1}"#.utf8), to: stream, kind: RecordKind(kind))
      try log.append(batch)
    }
    try log.close()
    for arguments in ["run show log r", "run show log r --json", "runs log"] {
      let outcome = try bench.shell(#""$intaglio" \#(arguments)"#)
      #expect(outcome.exitCode == 0 && !outcome.output.isEmpty)
      for scalar in outcome.output.unicodeScalars where scalar != "\n" {
        if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar == "\u{202E}" {
          Issue.record("\(arguments): U+\(String(scalar.value, radix: 16)) reaches the terminal")
          break
        }
      }
    }
  }

  @Test func aRunIsShownAsATimeline() async throws {
    try await makeStore()
    let text = try bench.intaglio("run", "show", "store", "two").output
    for part in [
      "run two  agent clerk  mission n", "clerk asks gpt-x, 1 item", "12+3 tokens: hi",
      #"#0  function:read {"to":"x"}"#, "allowed by default", "#0  ok in ", ": done",
      "DENIED by no-pay: not here", "run failed: oops: done",
      "2 calls, 1 allowed, 1 denied, 12+3 tokens",
    ] {
      #expect(text.contains(part), "\(part)")
    }
    let kinds = try bench.shell(#""$intaglio" run show store two --json | jq -r .kind"#).lines
    #expect(kinds.first == "run.start" && kinds.last == "run.failed")
    let missing = try bench.intaglio("run", "show", "store", "three")
    #expect(missing.exitCode == 1 && missing.hasOneLineError)
  }

  @Test func longTextsAreCutUnlessAllOfThemIsAskedFor() async throws {
    let long = String(repeating: "x", count: 5000)
    try await makeStore(result: long)
    #expect(!(try bench.intaglio("run", "show", "store", "one").output.contains(long)))
    #expect(try bench.intaglio("run", "show", "store", "one", "--whole").output.contains(long))
  }

  @Test func nothingThatOthersWroteReachesATerminalRaw() async throws {
    let hostile = "\u{1B}[2J\u{1B}]0;owned\u{07}\u{9B}31m\u{202E}\u{200B}\u{FEFF}\r\n\u{08}"
    let options = try governorOptions(
      #"{"version":1,"default":"allow","rules":[{"id":"r","when":{"tool":"pay"},"effect":"deny"}]}"#
    )
    let governor = try await Governor.open(
      at: bench.directory.path.appending("store"), options: options)
    var description = RunDescription(agent: "clerk\u{202E}\u{200B}", mission: "m\u{2066}")
    description.id = "one\u{202E}"
    let run = try await governor.start(description)
    try await run.modelRequested(ModelRequest(model: hostile, input: []))
    try await run.modelResponded(ModelResponse(output: [hostile]))
    for name in ["read" + hostile, "pay"] {
      _ = try await governor.tool(name) { _ in hostile }("\"" + "\u{202E}\u{9B}" + "\"", in: run)
    }
    try await run.guardrailTripped(Guardrail(name: hostile, stage: .input, message: hostile))
    try await run.fail(type: hostile, message: hostile)
    await governor.close()
    let id = "one\u{202E}"
    try bench.write(Self.policy, to: "policy.json")
    for arguments in [
      ["runs", "store"], ["runs", "store", "--json"], ["run", "show", "store", id],
      ["run", "show", "store", id, "--json"], ["run", "show", "store", id, "--whole"],
      ["run", "show", "store", "\u{1B}[2J"], ["runs", "\u{1B}[2J"],
      ["mission", "rollback", "store", "\u{1B}[2J", "--latest", "--preview"],
      ["mission", "rollback", "store", "m\u{2066}", "\u{1B}[2J", "--preview"],
      ["policy", "replay", "policy.json", "store"],
      ["policy", "replay", "policy.json", "store", "--json"], ["log", "store/0"],
    ] {
      let outcome = try bench.start(arguments).outcome()
      for text in [outcome.output, outcome.errors] {
        let raw = text.unicodeScalars.filter { scalar in
          scalar.value < 0x20 && scalar != "\n" || (0x7F...0x9F).contains(scalar.value)
            || [0x202E, 0x2066, 0x200B, 0xFEFF].contains(scalar.value)
        }
        #expect(raw.isEmpty, "\(arguments)")
      }
    }
  }

  @Test func aReplayTellsTheCallsThatAPolicyWouldHaveDecidedOtherwise() async throws {
    try await makeStore()
    try bench.write(Self.policy, to: "same.json")
    let same = try bench.intaglio("policy", "replay", "same.json", "store")
    #expect(same.exitCode == 0 && same.lines == ["4 calls, 0 decided otherwise"])
    let strict = """
      version: 1
      default: allow
      limits: [{id: once, tool: read, per: log, most: 1}]
      rules:
        - {id: no-pay, when: {tool: pay}, effect: review}
      """
    try bench.write(strict, to: "strict.yaml")
    let replay = try bench.intaglio("policy", "replay", "strict.yaml", "store")
    #expect(replay.exitCode == 1)
    #expect(replay.lines.count == 6)
    #expect(replay.lines[0].contains("one  #1  function:pay  deny -> review  by no-pay"))
    #expect(replay.output.contains("two  #0  function:read  allow -> deny  by once"))
    #expect(
      replay.output.contains("4 calls, 3 decided otherwise: 1 allow -> deny, 2 deny -> review"))
    let json = try bench.shell(
      #""$intaglio" policy replay strict.yaml store --json | jq -c '[.run, .call, .replayed, .isDifferent]'"#
    )
    #expect(json.lines.first == #"["one",0,"allow",false]"# && json.lines.count == 4)
  }

  @Test func whatAnErrorRepeatsIsEscapedOnce() async throws {
    try await makeStore()
    let outcome = try bench.intaglio("run", "show", "store", "a\\b\u{1B}")
    #expect(outcome.errors.hasPrefix(#"intaglio: there is no run a\\b\u{1B} in store"#))
    let mission = try bench.intaglio(
      "mission", "rollback", "store", "a\\b", "--latest", "--preview")
    #expect(mission.errors.hasPrefix(#"intaglio: there is no mission a\\b in store"#))
  }

  @Test func aMistakeInAPolicyIsToldWithItsPlace() throws {
    try bench.write("version: 1\ndefault: maybe\n", to: "bad.yaml")
    let outcome = try bench.intaglio("policy", "replay", "bad.yaml", "store")
    #expect(outcome.exitCode == 1 && outcome.hasOneLineError)
    #expect(outcome.errors.hasPrefix("intaglio: bad.yaml:2:10: "))
  }

  @Test func allLogsOfAStoreAreVerified() async throws {
    try await makeStore()
    try #require(bench.intaglio("init", "store/1").exitCode == 0)
    let clean = try bench.intaglio("verify", "store")
    #expect(clean.exitCode == 0)
    #expect(clean.lines.count { $0.hasPrefix("Clean: ") } == 2)
    let change =
      #"printf xyz | dd conv=notrunc bs=1 status=none seek=5000 of=store/0/segments/00000000000000000000.seg"#
    _ = try bench.shell(change)
    #expect(try bench.intaglio("verify", "store").exitCode == 1)
  }
}
