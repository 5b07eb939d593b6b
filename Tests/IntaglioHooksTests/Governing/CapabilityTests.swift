import Intaglio
import IntaglioFormat
import IntaglioHooks
import IntaglioStorage
import IntaglioTestSupport
import Testing

@Suite struct CapabilityTests {
  private static let allowing = #"{"version": 1, "default": "allow"}"#

  private func description(
    _ capabilities: [String: [String]]?, agent: String = "a", id: String? = nil
  ) -> RunDescription {
    var description = RunDescription(agent: agent, mission: "m")
    description.capabilities = capabilities
    description.id = id
    return description
  }

  private func decide(_ run: GovernedRun, _ tools: ToolIdentity...) async throws -> [Effect] {
    try await run.decide(tools.map { ToolCall($0, arguments: "{}") }).map(\.effect)
  }

  private func read(_ name: String = "read") -> ToolIdentity { ToolIdentity(name: name) }

  @Test(arguments: [
    ("read", "function:read", true), ("read", "function:read_all", false),
    ("read", "mcp:files/read", false), ("read_*", "function:read_all", true),
    ("function:*", "function:x", true), ("*", "function:x", true), ("*", "handoff:x", false),
    ("mcp:files/*", "mcp:files/read", true), ("mcp:files/*", "mcp:other/read", false),
    ("mcp:*/read", "mcp:other/read", true), ("handoff:billing", "handoff:billing", true),
    ("handoff:billing", "handoff:sales", false), ("agent:*", "agent:helper", true),
    ("hosted:web", "hosted:web", true), ("*:*", "handoff:x", true), ("*:*", "mcp:s/x", true),
    ("*", "function:re\u{200B}ad", false), ("*:*", "function:re\u{200B}ad", true),
  ])
  func `a call is allowed if a pattern of its agent's covers it, and denied else`(
    pattern: String, tool: String, isHeld: Bool
  ) async throws {
    let store = try TestStore()
    let governor = try await store.open()
    let run = try await governor.start(description(["a": ["nothing", pattern]]))
    let identity = try #require(ToolIdentity(tool))
    #expect(try await decide(run, identity) == [isHeld ? .allow : .deny])
    try await run.end()
    await governor.close()
    let decision = try #require(
      try store.events(ofRun: run.id).first { $0.kind == .policyDecision })
    #expect((decision["intaglio.capability"] == .string("none")) == !isHeld)
  }

  @Test
  func `an agent without an entry holds nothing, whatever rules say, and the model is told`()
    async throws
  {
    for policy in [nil, Self.allowing] {
      let store = try TestStore()
      let governor = try await store.open(policy: policy)
      let run = try await governor.start(description(["b": ["*:*"]]))
      let decision = try await run.decide([ToolCall(function: "read", arguments: "{}")])[0]
      #expect(decision.effect == .deny && decision.deciders == ["capability"])
      #expect(decision.message.contains("do not hold this tool"))
      #expect(decision.reason.contains("a holds no capability"))
      #expect(
        await code { _ = try await run.perform(decision) { _ in .ok("") } } == .notPermitted)
      try await run.agentStarted("b")
      #expect(try await decide(run, read()) == [.allow])
      try await run.end()
      // A run of the same mission that says nothing of capabilities keeps them.
      let next = try await governor.start(description(nil))
      #expect(try await decide(next, read()) == [.deny])
      try await next.end()
      // Another mission is as it was.
      let other = try await governor.start(RunDescription(agent: "a"))
      #expect(try await decide(other, read()) == [.allow])
      #expect(try await other.capabilities() == nil)
      try await other.end()
      await governor.close()
      #expect(try store.verify())
    }
  }

  @Test func `capabilities widen nothing: what rules deny stays denied, and uses no limit`()
    async throws
  {
    let policy = #"""
      {"version": 1, "default": "allow", "limits": [{"id": "one", "per": "mission", "most": 1}],
       "rules": [{"id": "no", "when": {"tool": "wipe"}, "effect": "deny"},
                 {"id": "end", "when": {"tool": "stop"}, "effect": "review", "on_deny": "abort"}]}
      """#
    let store = try TestStore()
    let governor = try await store.open(policy: policy)
    let run = try await governor.start(description(["a": ["wipe", "read"]]))
    let decisions = try await run.decide(
      ["wipe", "other", "read", "read"].map { ToolCall(function: $0, arguments: "{}") })
    #expect(decisions.map(\.effect) == [.deny, .deny, .allow, .deny])
    #expect(decisions.map(\.deciders) == [["no"], ["capability"], [], ["one"]])
    // A rule that would end the run with a refusal does so.
    #expect(
      await code { _ = try await run.decide([ToolCall(function: "stop", arguments: "{}")]) }
        == .aborted)
    try await run.end()
    await governor.close()
  }

  @Test func `a handoff is a call like others, and who takes over holds what it was given`()
    async throws
  {
    let store = try TestStore()
    let governor = try await store.open()
    let run = try await governor.start(
      description(["a": ["handoff:b", "read"], "b": ["pay"]]))
    let sales = ToolIdentity(.handoff, name: "c")
    #expect(try await decide(run, sales) == [.deny])
    let decision = try await run.decide(
      [ToolCall(ToolIdentity(.handoff, name: "b"), arguments: "{}")])[0]
    try await run.handedOff(decision, from: "a", to: "b")
    #expect(try await decide(run, read("pay"), read()) == [.allow, .deny])
    try await run.end()
    await governor.close()
  }

  @Test func `grants and revocations by record hold at once in all runs of the mission`()
    async throws
  {
    let store = try TestStore()
    let governor = try await store.open()
    let one = try await governor.start(description(["a": ["read"]], id: "one"))
    let two = try await governor.start(description(nil, id: "two"))
    #expect(try await decide(two, read(), read("pay")) == [.allow, .deny])
    #expect(try await one.grant("pay", to: "a", by: "ops") == ["function:pay", "function:read"])
    #expect(try await decide(two, read("pay")) == [.allow])
    #expect(try await two.revoke("function:pay", from: "a", by: "ops") == ["function:read"])
    #expect(try await decide(one, read("pay")) == [.deny])
    // The last one gone, nothing is held: not everything.
    #expect(try await one.revoke("read", from: "a", by: "ops") == [])
    #expect(try await decide(two, read()) == [.deny])
    #expect(try await one.capabilities() == [:])
    try await one.end()
    try await two.end()
    await governor.close()
    #expect(
      try store.story(ofRun: "one").contains("capability.granted"))
    let revoked = try #require(
      try store.events(ofRun: "two").first { $0.kind == .capabilityRevoked })
    #expect(revoked["gen_ai.agent.name"] == .string("a"))
    #expect(revoked["intaglio.capability"] == .string("function:pay"))
    #expect(revoked["intaglio.by"] == .string("ops"))
    let again = try await store.open()
    let third = try await again.start(description(["a": ["read", "look"]]))
    // What the program says with each run takes no revocation back; a grant by record does.
    #expect(try await decide(third, read(), read("look")) == [.deny, .allow])
    try await third.grant("read", to: "a", by: "ops")
    #expect(try await decide(third, read()) == [.allow])
    try await third.end()
    await again.close()
    #expect(try store.verify())
  }

  @Test func `a call that was allowed, or is approved, does not begin once its capability is gone`()
    async throws
  {
    let policy = #"""
      {"version": 1, "default": "allow",
       "rules": [{"id": "ask", "when": {"tool": "pay"}, "effect": "review"}]}
      """#
    let store = try TestStore()
    let governor = try await store.open(policy: policy)
    let run = try await governor.start(description(["a": ["read", "pay"]]))
    let calls = ["read", "pay"].map { ToolCall(function: $0, arguments: "{}") }
    let decisions = try await run.decide(calls)
    #expect(decisions.map(\.effect) == [.allow, .review])
    try await run.revoke("read", from: "a", by: "ops")
    #expect(
      await code { _ = try await run.perform(decisions[0]) { _ in .ok("") } } == .notPermitted)
    #expect(try await governor.tickets().count == 1)
    try await run.revoke("pay", from: "a", by: "ops")
    #expect(try await governor.tickets().isEmpty)
    #expect(try await run.reviewed(decisions[1]).effect == .deny)
    try await run.end()
    await governor.close()
    #expect(try store.events(ofRun: run.id).contains { $0.kind == .approvalVoided })
  }

  @Test func `after a rollback an agent holds what the checkpoint has and nobody revoked since`()
    async throws
  {
    for isReopened in [false, true] {
      let store = try TestStore()
      var governor = try await store.open()
      let run = try await governor.start(description(["a": ["read", "write"]]))
      let checkpoint = try await run.checkpoint(label: "safe")
      try await run.grant("pay", to: "a", by: "ops")
      try await run.revoke("read", from: "a", by: "ops")
      #expect(try await decide(run, read(), read("write"), read("pay")) == [.deny, .allow, .allow])
      try await run.end()
      if isReopened {
        // As a command does it that knows nothing of governors.
        await governor.close()
        let log = try Log.open(at: store.path.appending("0"))
        try log.stateSpace(named: "mission/m").rollback(to: checkpoint, reason: "r", by: "ops")
        try log.close()
        governor = try await store.open()
      } else {
        try await governor.rollback(mission: "m", to: checkpoint, reason: "r", by: "ops")
      }
      let next = try await governor.start(description(nil))
      #expect(try await next.capabilities() == ["a": ["function:write"]])
      #expect(
        try await decide(next, read(), read("write"), read("pay")) == [.deny, .allow, .deny])
      try await next.grant("read", to: "a", by: "ops")
      #expect(try await decide(next, read()) == [.allow])
      try await next.end()
      await governor.close()
    }
  }

  @Test func `a rollback to before the first grant does not open a mission`() async throws {
    let store = try TestStore()
    let governor = try await store.open()
    let first = try await governor.start(description(nil))
    #expect(try await decide(first, read()) == [.allow])
    #expect(await code { try await first.revoke("read", from: "a", by: "ops") } == .invalid)
    let checkpoint = try await first.checkpoint(label: "open")
    try await first.grant("look", to: "a", by: "ops")
    #expect(try await decide(first, read()) == [.deny])
    try await first.end()
    try await governor.rollback(mission: "m", to: checkpoint, reason: "r", by: "ops")
    let next = try await governor.start(description(nil))
    #expect(try await decide(next, read(), read("look")) == [.deny, .deny])
    try await next.end()
    await governor.close()
  }

  @Test func `a run that is resumed in another process keeps its capabilities`() async throws {
    let store = try TestStore()
    let governor = try await store.open()
    let run = try await governor.start(description(["a": ["read"]], id: "r"))
    try await run.pause(reason: "later")
    await governor.close()
    let second = try await store.open()
    let resumed = try await second.resume("r").run
    #expect(try await decide(resumed, read(), read("pay")) == [.allow, .deny])
    try await resumed.revoke("read", from: "a", by: "ops")
    try await resumed.pause(reason: "later")
    await second.close()
    let third = try await store.open()
    let again = try await third.resume("r").run
    #expect(try await decide(again, read()) == [.deny])
    try await again.end()
    await third.close()
  }

  @Test
  func `a run beneath another holds what its parent's agents hold, unless it is given others`()
    async throws
  {
    let store = try TestStore()
    let governor = try await store.open()
    let parent = try await governor.start(description(["a": ["agent:b"], "b": ["read"]], id: "p"))
    var child = RunDescription(agent: "b")
    child.parent = "p"
    let run = try await governor.start(child)
    #expect(try await decide(run, read(), read("pay")) == [.allow, .deny])
    try await run.end()
    child.capabilities = ["b": ["pay"]]
    let other = try await governor.start(child)
    #expect(try await decide(other, read(), read("pay")) == [.deny, .allow])
    try await other.end()
    try await parent.end()
    // Also if the parent is over, and what it began goes on.
    child.capabilities = nil
    let late = try await governor.start(child)
    #expect(try await decide(late, read(), read("pay")) == [.allow, .deny])
    try await late.end()
    await governor.close()
    let start = try #require(try store.events(ofRun: run.id).first)
    #expect(start["intaglio.capabilities"]?["b"] == .array([.string("function:read")]))
  }

  @Test func `what cannot be recorded is held against capabilities all the same`() async throws {
    let store = try TestStore()
    let system = FaultInjectingFileSystem()
    var surroundings = Surroundings()
    surroundings.system = system
    let governor = try await store.open(surroundings: surroundings) {
      $0.onEngineError = .allowAndCount
      $0.engineTimeout = .milliseconds(500)
    }
    let run = try await governor.start(description(["a": ["read"]]))
    system.arm(FaultPlan(at: 1, of: [.synchronizeData], .stall))
    let tool = governor.tool("read") { _ in "" }
    _ = try await tool("{}", in: run)
    #expect(try await decide(run, read(), read("pay")) == [.allow, .deny])
    system.release()
    try await run.end()
    await governor.close()
  }

  @Test(arguments: [
    "", "nothing:x", "mcp:x", "a\nb", "a\u{202E}", String(repeating: "x", count: 513),
  ])
  func `what is no pattern is refused by name, and nothing begins`(pattern: String) async throws {
    let store = try TestStore()
    let governor = try await store.open()
    #expect(
      await code { _ = try await governor.start(description(["a": [pattern]])) } == .invalid)
    let run = try await governor.start(description(["a": []]))
    #expect(await code { try await run.grant(pattern, to: "a", by: "ops") } == .invalid)
    #expect(await code { try await run.grant("x", to: "", by: "ops") } == .invalid)
    #expect(await code { try await run.grant("x", to: "a", by: "") } == .invalid)
    try await run.end()
    await governor.close()
  }

  @Test func `a replay leaves out what was denied for want of a capability`() async throws {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.allowing)
    let run = try await governor.start(description(["a": ["read"]]))
    #expect(try await decide(run, read(), read("pay")) == [.allow, .deny])
    try await run.end()
    await governor.close()
    var replay = PolicyReplay(try testPolicy(Self.allowing))
    let snapshot = try LogReader.open(at: store.path.appending("0")).snapshot()
    var outcomes: [PolicyReplay.Outcome] = []
    for result in snapshot.records(in: snapshot.sequences) {
      let record = try result.get()
      if let event = try RecordedEvent(record),
        let outcome = replay.note(event, in: record.stream)
      {
        outcomes.append(outcome)
      }
    }
    #expect(outcomes.count == 1 && !outcomes[0].isDifferent)
  }
}
