import IntaglioFormat
import IntaglioHooks
import Testing

@Suite struct GateTests {
  private static let policy = #"""
    {"version": 1, "default": "allow", "rules": [
      {"id": "no-pay", "when": {"tool": "pay"}, "effect": "deny", "message": "Do not pay.", "reason": "r"},
      {"id": "end", "when": {"tool": "wipe"}, "effect": "deny", "on_deny": "abort"},
      {"id": "ask", "when": {"tool": "publish"}, "effect": "review"}]}
    """#

  @Test func `an allowed call is in the log whole, salted and in order`() async throws {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.policy)
    let read = governor.tool("read") { arguments in "read \(arguments)" }
    let id = try await governor.run(agent: "a") { run in
      let answer = try await read(#"{"n": 12345678901234567890}"#, callID: "c1", in: run)
      #expect(answer.text == #"read {"n": 12345678901234567890}"#)
      return run.id
    }
    await governor.close()
    #expect(
      try store.story(ofRun: id)
        == "run.start tool.request policy.decision tool.start tool.end run.end")
    let events = try store.events(ofRun: id)
    let request = try #require(events.first { $0.kind == .toolRequest })
    let text = #"{"n": 12345678901234567890}"#
    #expect(request["gen_ai.tool.call.arguments"] == .string(text))
    #expect(request["gen_ai.tool.call.id"] == .string("c1"))
    let salt = try #require(request["intaglio.salt"]?.string)
    let digest = SaltedDigest.ofArguments(text, salt: salt).hex
    let start = try #require(events.first { $0.kind == .toolStart })
    #expect(start["intaglio.arguments.digest"] == .string(digest))
    let end = try #require(events.first { $0.kind == .toolEnd })
    #expect(end["intaglio.status"] == .string("ok"))
    #expect(end["gen_ai.tool.call.result"] == .string("read " + text))
    #expect(try store.verify())
  }

  @Test func `a denied call never runs, and the model is told what the policy says`() async throws {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.policy)
    let runs = Runs()
    let pay = governor.tool("pay") { _ in
      runs.note()
      return ""
    }
    let id = try await governor.run(agent: "a") { run in
      let answer = try await pay("{}", in: run)
      #expect(answer.text == "Do not pay.")
      let decision = try await run.decide([ToolCall(function: "pay", arguments: "{}")])[0]
      #expect(decision.effect == .deny)
      #expect(decision.deciders == ["no-pay"])
      #expect(
        await code { _ = try await governor.perform(decision) { try await pay.run($0) } }
          == .notPermitted)
      return run.id
    }
    #expect(runs.count == 0)
    await governor.close()
    #expect(
      try store.story(ofRun: id)
        == "run.start tool.request policy.decision tool.request policy.decision run.end")
  }

  @Test func `a call that waits for a review does not run`() async throws {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.policy)
    try await governor.run(agent: "a") { run in
      let decision = try await run.decide([ToolCall(function: "publish", arguments: "{}")])[0]
      #expect(decision.effect == .review)
      #expect(
        await code { _ = try await run.perform(decision) { _ in .ok("") } } == .notPermitted)
    }
    await governor.close()
  }

  @Test func `a rule that aborts ends the turn before any tool runs`() async throws {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.policy)
    let run = try await governor.start(RunDescription(agent: "a"))
    let calls = ["read", "wipe"].map { ToolCall(function: $0, arguments: "{}") }
    #expect(await code { _ = try await run.decide(calls) } == .aborted)
    try await run.fail(type: "aborted", message: "")
    await governor.close()
    #expect(
      try store.story(ofRun: run.id)
        == "run.start tool.request policy.decision tool.request policy.decision tool.abandoned run.failed"
    )
  }

  @Test func `a decision serves one run of a tool, of its own run and governor`() async throws {
    let store = try TestStore()
    let other = try TestStore()
    let governor = try await store.open(policy: Self.policy)
    let stranger = try await other.open()
    let run = try await governor.start(RunDescription(agent: "a"))
    let second = try await governor.start(RunDescription(agent: "a"))
    let decision = try await run.decide([ToolCall(function: "read", arguments: "{}")])[0]
    #expect(await code { _ = try await second.perform(decision) { _ in .ok("") } } == .notPermitted)
    #expect(
      await code { _ = try await stranger.perform(decision) { _ in .ok("") } } == .notPermitted)
    _ = try await run.perform(decision) { permit in
      .ok(try permit.arguments(for: ToolIdentity(name: "read")))
    }
    #expect(await code { _ = try await run.perform(decision) { _ in .ok("") } } == .used)
    try await run.end()
    #expect(await code { _ = try await run.perform(decision) { _ in .ok("") } } == .runOver)
    await governor.close()
    await stranger.close()
  }

  @Test func `a permit is good for its own tool alone`() async throws {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.policy)
    let runs = Runs()
    let pay = governor.tool("pay") { _ in
      runs.note()
      return ""
    }
    let run = try await governor.start(RunDescription(agent: "a"))
    let decision = try await run.decide([ToolCall(function: "read", arguments: "{}")])[0]
    #expect(
      await code { _ = try await run.perform(decision) { try await pay.run($0) } } == .notPermitted)
    #expect(runs.count == 0)
    try await run.end()
    await governor.close()
    #expect(
      try store.story(ofRun: run.id)
        == "run.start tool.request policy.decision tool.start tool.abandoned run.end")
  }

  @Test func `what was allowed and never used is recorded as abandoned`() async throws {
    let store = try TestStore()
    let governor = try await store.open()
    let run = try await governor.start(RunDescription(agent: "a"))
    let decisions = try await run.decide(
      ["read", "write"].map { ToolCall(function: $0, arguments: "{}") })
    _ = try await run.perform(decisions[0]) { _ in .ok("the permit was not looked at") }
    try await run.end()
    await governor.close()
    let abandoned = try store.events(ofRun: run.id).filter { $0.kind == .toolAbandoned }
    #expect(abandoned.map { $0.integer("intaglio.call") } == [0, 1])
    #expect(try store.events(ofRun: run.id).allSatisfy { $0.kind != .toolEnd })
  }

  @Test(arguments: [
    (ToolOutcome.Status.error, false), (.cancelled, true),
  ])
  func `an end is recorded whatever the body throws`(
    status: ToolOutcome.Status, isCancelled: Bool
  ) async throws {
    let store = try TestStore()
    let governor = try await store.open()
    let tool = governor.tool("read") { _ in
      if isCancelled { throw CancellationError() }
      throw Mishap()
    }
    let run = try await governor.start(RunDescription(agent: "a"))
    await #expect(throws: (any Error).self) { _ = try await tool("{}", in: run) }
    try await run.end()
    await governor.close()
    let end = try #require(try store.events(ofRun: run.id).first { $0.kind == .toolEnd })
    #expect(end["intaglio.status"] == .string(status.rawValue))
    #expect(
      end["error.type"] == .string(isCancelled ? "CancellationError" : "Mishap"))
  }

  @Test(arguments: [" ", "{", #"{"a":1,"a":2}"#, "nonsense", #"{"a":"\ud800"}"#])
  func `arguments that two readers could read differently are denied`(text: String) async throws {
    let store = try TestStore()
    let governor = try await store.open(policy: #"{"version": 1, "default": "allow"}"#)
    let run = try await governor.start(RunDescription(agent: "a"))
    let decision = try await run.decide([ToolCall(function: "read", arguments: text)])[0]
    #expect(decision.effect == .deny)
    #expect(decision.message.contains("cannot be read"))
    try await run.end()
    await governor.close()
    let request = try #require(try store.events(ofRun: run.id).first { $0.kind == .toolRequest })
    #expect(request["gen_ai.tool.call.arguments"] == .string(text))
  }

  @Test func `without a policy everything is allowed, and that there was none is recorded`()
    async throws
  {
    let store = try TestStore()
    let governor = try await store.open()
    let run = try await governor.start(RunDescription(agent: "a"))
    let decision = try await run.decide([ToolCall(function: "read", arguments: "{")])[0]
    #expect(decision.effect == .allow)
    try await run.end()
    await governor.close()
    let events = try store.events(ofRun: run.id)
    #expect(events.first?["intaglio.policy.digest"] == .string("none"))
    let recorded = try #require(events.first { $0.kind == .policyDecision })
    #expect(recorded["intaglio.policy.digest"] == .string("none"))
  }

  @Test func `the policy's text is in the log once, and the digest in each decision`() async throws
  {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.policy)
    let digest = try testPolicy(Self.policy).digest.hex
    for _ in 0..<2 {
      let run = try await governor.start(RunDescription(agent: "a"))
      _ = try await run.decide([ToolCall(function: "read", arguments: "{}")])
      try await run.end()
      let decision = try #require(
        try store.events(ofRun: run.id).first { $0.kind == .policyDecision })
      #expect(decision["intaglio.policy.digest"] == .string(digest))
    }
    await governor.close()
    let loaded = try store.events(ofStream: "governor").filter { $0.kind == .policyLoaded }
    #expect(loaded.count == 1)
    let text = try #require(loaded[0]["intaglio.policy.text"]?.string)
    #expect(try testPolicy(text).digest.hex == digest)
  }

  @Test func `a policy that is loaded into a live run judges it from then on`() async throws {
    let store = try TestStore()
    let governor = try await store.open()
    let run = try await governor.start(RunDescription(agent: "a"))
    let call = ToolCall(function: "pay", arguments: "{}")
    #expect(try await run.decide([call])[0].effect == .allow)
    try await run.use(try testPolicy(Self.policy))
    #expect(try await run.decide([call])[0].effect == .deny)
    try await run.end()
    await governor.close()
    #expect(try store.events(ofRun: run.id).contains { $0.kind == .policyLoaded })
  }

  @Test func `taint holds from the next turn on, and for children and after handoffs`()
    async throws
  {
    let store = try TestStore()
    let policy = #"""
      {"version": 1, "default": "allow", "rules": [
        {"id": "web", "when": {"tool": "fetch"}, "reads": "untrusted"},
        {"id": "no-mail", "when": {"tool": "mail", "tainted": true}, "effect": "deny"}]}
      """#
    let governor = try await store.open(policy: policy)
    let run = try await governor.start(RunDescription(agent: "a"))
    let mail = ToolCall(function: "mail", arguments: "{}")
    let both = try await run.decide([ToolCall(function: "fetch", arguments: "{}"), mail])
    #expect(both.map(\.effect) == [.allow, .allow])
    #expect(try await run.decide([mail])[0].effect == .deny)
    let handoff = try await run.decide([
      ToolCall(ToolIdentity(.handoff, name: "b"), arguments: "{}")
    ])[0]
    try await run.handedOff(handoff, from: "a", to: "b")
    #expect(try await run.decide([mail])[0].effect == .deny)
    var description = RunDescription(agent: "child")
    description.parent = run.id
    let child = try await governor.start(description)
    #expect(try await child.decide([mail])[0].effect == .deny)
    try await child.end()
    try await run.end()
    let fresh = try await governor.start(RunDescription(agent: "a"))
    #expect(try await fresh.decide([mail])[0].effect == .allow)
    try await fresh.end()
    await governor.close()
  }

  @Test func `what is to be redacted is in no record, and the policy sees it`() async throws {
    let store = try TestStore()
    let policy = #"""
      {"version": 1, "default": "allow",
       "redact": [{"id": "pin", "tool": "login", "at": "/pin"}, {"id": "mail", "pattern": "email"}],
       "rules": [{"id": "weak", "when": {"tool": "login", "arguments": {"/pin": {"equals": "0000"}}}, "effect": "deny"}]}
      """#
    let governor = try await store.open(policy: policy)
    let login = governor.tool("login") { _ in "welcome x@example.com" }
    let run = try await governor.start(RunDescription(agent: "a"))
    try await run.modelRequested(
      ModelRequest(input: [#"{"content":"I am y@example.com","role":"user"}"#]))
    #expect(try await login(#"{"pin":"0000"}"#, in: run).text.contains("denied"))
    #expect(
      try await login(#"{"pin":"Q7361Q"}"#, callID: "c", in: run).text == "welcome x@example.com")
    // What the model is told of it, in the words of two interfaces, and what it says.
    let call =
      #"{"type":"function_call","call_id":"c","name":"login","arguments":"{\"pin\":\"Q7361Q\"}"}"#
    let chat =
      #"{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"login","arguments":"{\"pin\":\"Q7361Q\"}"}}]}"#
    let output = #"{"type":"function_call_output","call_id":"c","output":"{\"pin\":\"Q7361Q\"}"}"#
    let tool = #"{"role":"tool","tool_call_id":"c","content":"{\"pin\":\"Q7361Q\"}"}"#
    try await run.modelResponded(ModelResponse(output: [call, chat]))
    try await run.modelRequested(ModelRequest(input: [call, chat, output, tool]))
    try await run.end()
    await governor.close()
    for event in try store.events(ofRun: run.id) {
      let text = String(decoding: event.contents.canonical, as: UTF8.self)
      for secret in ["Q7361Q", "0000\"", "example.com"] where text.contains(secret) {
        Issue.record("\(secret) is in \(text)")
      }
    }
  }

  @Test func `an item of the model's input is stored once in a run`() async throws {
    let store = try TestStore()
    let governor = try await store.open()
    let run = try await governor.start(RunDescription(agent: "a"))
    let items = (0..<10).map { #"{"content":"\#($0)","role":"user"}"# }
    for count in 1...10 {
      try await run.modelRequested(ModelRequest(input: Array(items.prefix(count))))
    }
    try await run.end()
    await governor.close()
    let events = try store.events(ofRun: run.id)
    #expect(events.count { $0.kind == .modelItem } == 10)
    let last = try #require(events.last { $0.kind == .modelRequest })
    let named = last["gen_ai.input.messages"]?.array?.compactMap(\.string) ?? []
    let stored = try events.filter { $0.kind == .modelItem }.map { event in
      let text = String(decoding: try #require(event["intaglio.item"]).canonical, as: UTF8.self)
      return SaltedDigest.ofItem(text, salt: try #require(event["intaglio.salt"]?.string)).hex
    }
    #expect(named == stored)
  }
}
