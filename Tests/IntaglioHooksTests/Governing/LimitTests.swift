import IntaglioFormat
import IntaglioHooks
import Testing

@Suite struct LimitTests {
  private func effects(
    _ run: GovernedRun, _ count: Int, _ arguments: String = "{}"
  ) async throws -> [Effect] {
    var effects: [Effect] = []
    for _ in 0..<count {
      effects.append(
        try await run.decide([ToolCall(function: "pay", arguments: arguments)])[0].effect)
    }
    return effects
  }

  private func policy(_ limit: String) -> String {
    #"{"version": 1, "default": "allow", "limits": [{"id": "l", "tool": "pay", \#(limit)}]}"#
  }

  @Test func `a limit for each run counts its calls, used or not, and no other's`() async throws {
    let store = try TestStore()
    let governor = try await store.open(policy: policy(#""per": "run", "most": 2"#))
    for _ in 0..<2 {
      let run = try await governor.start(RunDescription(agent: "a"))
      #expect(try await effects(run, 3) == [.allow, .allow, .deny])
      let other = try await run.decide([ToolCall(function: "read", arguments: "{}")])
      #expect(other[0].effect == .allow)
      try await run.end()
    }
    await governor.close()
  }

  @Test func `the calls of one turn reserve one after the other`() async throws {
    let store = try TestStore()
    let governor = try await store.open(policy: policy(#""per": "run", "most": 2"#))
    let run = try await governor.start(RunDescription(agent: "a"))
    let calls = (0..<3).map { _ in ToolCall(function: "pay", arguments: "{}") }
    #expect(try await run.decide(calls).map(\.effect) == [.allow, .allow, .deny])
    try await run.end()
    await governor.close()
  }

  @Test(arguments: ["mission", "agent", "log"])
  func `a limit outlives runs and processes`(scope: String) async throws {
    let store = try TestStore()
    let text = policy(#""per": "\#(scope)", "most": 5"#)
    for round in 0..<3 {
      let governor = try await store.open(policy: text)
      let run = try await governor.start(RunDescription(agent: "a", mission: "m"))
      let expected: [Effect] =
        round < 2 ? [.allow, .allow] : [.allow, .deny]
      #expect(try await effects(run, 2) == expected)
      // Every second run is left live, and is settled by the next opening.
      if round != 1 { try await run.end() }
      await governor.close()
    }
  }

  @Test func `missions and agents are counted apart`() async throws {
    let store = try TestStore()
    let governor = try await store.open(policy: policy(#""per": "mission", "most": 1"#))
    for mission in ["m", "n"] {
      let run = try await governor.start(RunDescription(agent: "a", mission: mission))
      #expect(try await effects(run, 2) == [.allow, .deny])
      try await run.end()
    }
    await governor.close()
  }

  @Test func `sums are exact, and an amount that cannot be told is denied`() async throws {
    let store = try TestStore()
    let governor = try await store.open(
      policy: policy(#""per": "run", "sum": "/amount", "most": 1"#))
    let run = try await governor.start(RunDescription(agent: "a"))
    #expect(
      try await effects(run, 11, #"{"amount": 0.1}"#)
        == [Effect](repeating: .allow, count: 10) + [.deny])
    for arguments in ["{}", #"{"amount": "1"}"#, #"{"amount": -1}"#, #"{"amount": 1e-30}"#] {
      #expect(try await effects(run, 1, arguments) == [.deny])
    }
    try await run.end()
    await governor.close()
  }

  @Test func `a denied call uses nothing of any limit`() async throws {
    let store = try TestStore()
    let policy = #"""
      {"version": 1, "default": "allow", "limits": [
        {"id": "all", "per": "run", "most": 3}, {"id": "pay", "tool": "pay", "per": "run", "most": 1}],
       "rules": [{"id": "no", "when": {"tool": "wipe"}, "effect": "deny"}]}
      """#
    let governor = try await store.open(policy: policy)
    let run = try await governor.start(RunDescription(agent: "a"))
    var effects: [Effect] = []
    for name in ["wipe", "pay", "pay", "wipe", "read", "read", "read"] {
      effects.append(try await run.decide([ToolCall(function: name, arguments: "{}")])[0].effect)
    }
    #expect(effects == [.deny, .allow, .deny, .deny, .allow, .allow, .deny])
    try await run.end()
    await governor.close()
  }
}
