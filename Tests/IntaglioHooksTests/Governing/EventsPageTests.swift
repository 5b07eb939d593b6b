import Synchronization
import Glibc
import Intaglio
import IntaglioFormat
import IntaglioHooks
import IntaglioStorage
import IntaglioTestSupport
import SystemPackage
import Testing

/// That the article Events says what is written.
@Suite struct GovernorEventsPageTests {
  private struct Row {
    let number: UInt16
    let members: Set<String>
  }

  private static let lines: [String] = {
    var path = FilePath(#filePath)
    for _ in 0..<4 { path.removeLastComponent() }
    path.append("Sources/IntaglioHooks/IntaglioHooks.docc/Events.md")
    guard let file = try? File(path, .readOnly, in: SystemFileSystem()),
      let bytes = try? file.read(byteCount: 1 << 20, at: 0)
    else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }()

  /// The tables' rows by the events' names.
  private static let rows: [String: Row] = {
    var rows: [String: Row] = [:]
    var last: Set<String> = []
    for line in lines where line.hasPrefix("| ") {
      let columns = line.split(separator: "|").map(String.init)
      guard columns.count >= 2, let number = UInt16(columns[0].trimmed),
        let name = codes(in: columns[1]).first
      else { continue }
      var members: Set<String> = columns.count > 2 && columns[2].contains("the same") ? last : []
      var prefix = ""
      for code in codes(in: columns.dropFirst(2).joined()) {
        // `.id` stands for the name before it with another last part.
        let member = code.hasPrefix(".") ? prefix + code : code
        prefix = member.split(separator: ".").dropLast().joined(separator: ".")
        members.insert(member)
      }
      rows[name] = Row(number: number, members: members)
      last = members
    }
    return rows
  }()

  private static func codes(in text: String) -> [String] {
    text.split(separator: "`", omittingEmptySubsequences: false).enumerated().compactMap {
      $0.offset % 2 == 1 ? String($0.element) : nil
    }
  }

  private func check(_ event: JSON, _ comment: Comment) throws {
    let name = try #require(event["event"]?.string, comment)
    let row = try #require(Self.rows[name], comment)
    guard case .object(let members) = event else { return }
    for member in members where !["event", "v"].contains(member.name) {
      #expect(row.members.contains(member.name), comment)
    }
    #expect(event["v"] == .integer(Event.version))
  }

  @Test func `every event has a row with its number, and an example that is canonical`() throws {
    var examples: Set<String> = []
    for line in Self.lines where line.hasPrefix("{") {
      let event = try JSON.parse(Array(line.utf8))
      try check(event, "\(line)")
      #expect(String(decoding: event.canonical, as: UTF8.self) == line)
      examples.insert(event["event"]?.string ?? "")
    }
    for kind in EventKind.allCases {
      #expect(Self.rows[kind.name]?.number == kind.rawValue, "\(kind.name)")
      #expect(examples.contains(kind.name), "\(kind.name)")
    }
  }

  @Test func `every event that is written has the members that the page lists`() async throws {
    let store = try TestStore()
    let system = FaultInjectingFileSystem()
    try await writeAllEvents(store, system)
    var kinds: Set<EventKind> = []
    let snapshot = try LogReader.open(at: store.path.appending("0"), access: .copied).snapshot()
    for result in snapshot.records(in: snapshot.sequences) {
      guard let event = try RecordedEvent(try result.get()) else { continue }
      kinds.insert(event.kind)
      let text = String(decoding: event.contents.canonical, as: UTF8.self)
      try check(event.contents, "\(text)")
    }
    #expect(EventKind.allCases.filter { !kinds.contains($0) } == [])
    #expect(try store.verify())
  }

  private static let policy = #"""
    {"version": 1, "default": "allow",
     "limits": [{"id": "l", "per": "log", "tool": "pay", "sum": "/amount", "most": 5}],
     "redact": [{"id": "pin", "tool": "*:*", "at": "/pin"}, {"id": "mail", "pattern": "email"}],
     "rules": [
      {"id": "ask", "when": {"tool": "publish"}, "effect": "review", "effect_class": "irreversible", "review": {"expires": "1m"}},
      {"id": "web", "when": {"tool": ["fetch", "hosted:search"]}, "reads": "untrusted", "checkpoint": "before"},
      {"id": "errs", "when": {"tool": "pay", "arguments": {"/to": {"equals": "x"}}}, "effect": "deny", "observe": true},
      {"id": "code", "when": {"tool": "hosted:code"}, "effect": "deny"},
      {"id": "end", "when": {"tool": "wipe"}, "effect": "deny", "on_deny": "abort", "reason": "r"}]}
    """#

  private func writeAllEvents(
    _ store: borrowing TestStore, _ system: FaultInjectingFileSystem
  ) async throws {
    var surroundings = Surroundings()
    surroundings.system = system
    let clock = TestClock()
    surroundings.clock = clock.clock
    let governor = try await store.open(policy: Self.policy, surroundings: surroundings) {
      $0.participants = [FailingOnce()]
    }
    var description = RunDescription(agent: "a", mission: "m")
    description.conversation = "c"
    description.parent = "p"
    description.capabilities = ["a": ["*:*"], "b": ["*:*"]]
    description.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    description.framework = .init(name: "f", traceID: "t", groupID: "g")
    var run = try await governor.start(description)
    try await run.agentStarted("a")
    let checkpoint = try await run.checkpoint(label: "here")
    let item =
      #"{"type":"function_call","call_id":"c","name":"login","arguments":"{\"pin\":\"1\"}"}"#
    for _ in 0..<2 {
      try await run.modelRequested(
        ModelRequest(model: "m", provider: "p", instructions: "i@example.com", input: [item, "x"]))
    }
    try await run.modelResponded(
      ModelResponse(
        output: [item], model: "m", id: "r", finishReasons: ["stop"], inputTokenCount: 1,
        outputTokenCount: 2))
    try await run.modelFailed(type: "t", message: "m@example.com")
    let calls = ["fetch", "pay", "publish", "login", "boom"].map {
      ToolCall(function: $0, arguments: #"{"pin":"1","amount":1}"#, id: "c")
    }
    let decisions = try await run.decide(calls)
    for index in [0, 3] {
      _ = try await run.perform(decisions[index]) { permit in
        .ok(#"{"pin":"\#(try permit.arguments(for: calls[index].tool).utf8.count)"}"#)
      }
    }
    _ = try? await run.perform(decisions[4]) { permit in
      _ = try permit.arguments(for: calls[4].tool)
      throw Mishap()
    }
    for arguments in ["{", #"{"amount":9}"#] {
      _ = try await run.decide([ToolCall(function: "pay", arguments: arguments)])
    }
    _ = try await run.withhold([ToolIdentity(.hosted, name: "code")])
    try await run.hostedToolRan(
      ToolCall(ToolIdentity(.hosted, name: "search"), arguments: #"{"pin":"1"}"#, id: "h"),
      result: "ok")
    let handoff = try await run.decide([
      ToolCall(ToolIdentity(.handoff, name: "b"), arguments: "{}", id: "h")
    ])[0]
    try await run.handedOff(handoff, from: "a", to: "b")
    try await run.guardrailTripped(Guardrail(name: "g", stage: .input, message: "m"))
    try await run.foreignApproval(ofCall: "c", tool: calls[0].tool, approved: false)
    #expect(try await run.withhold([calls[2].tool]) == [calls[2].tool])
    try await run.gap(count: 1, what: "w")
    try await run.use(try testPolicy(Self.policy))
    let asked = try await run.decide((0..<4).map { _ in calls[2] })
    let tickets = try await governor.tickets().filter { $0.call >= asked[0].number }
    for (ticket, decision) in zip(tickets, [ReviewVote.Decision.approve, .reject, .approve]) {
      _ = try await governor.take(
        ReviewVote(
          ticket: ticket.id.hex, decision: decision, reason: "r", expiry: .max, label: "l"),
        user: getuid())
    }
    let approved = try await run.reviewed(asked[0])
    _ = try await run.perform(approved) { permit in
      .ok(try permit.arguments(for: approved.call.tool))
    }
    _ = try await governor.take(
      ReviewVote(ticket: tickets[3].id.hex, decision: .approve), user: getuid() + 1)
    clock.advance(nanoseconds: 2 * 60_000_000_000)
    #expect(try await run.reviewed(asked[2]).effect == .deny)
    _ = try await run.decide([calls[2]])
    try await run.remember("k", .text("v"), tags: ["t"])
    _ = try await run.forget("k")
    let held = try await governor.start(RunDescription(agent: "z", mission: "held"))
    _ = try await held.grant("pay", to: "z", by: "b")
    _ = try await held.revoke("pay", from: "z", by: "b")
    try await held.end()
    try await run.pause(reason: "waits", state: "s")
    run = try await governor.resume(run.id).run
    _ = try? await run.decide([ToolCall(function: "wipe", arguments: "{}")])
    try await run.grant("read", to: "b", by: "ops")
    try await run.revoke("read", from: "b", by: "ops")
    try await run.agentEnded("b", output: "o")
    try await run.end(output: "o")
    var stranger = RunDescription(agent: "a", mission: "stranger")
    stranger.conversation = "c"
    try await governor.start(stranger).end()
    await #expect(throws: GovernorError.self) {
      try await governor.rollback(
        mission: "m", to: checkpoint, reason: "r", by: "b", isForced: true)
    }
    try await governor.finishRollback(mission: "m")
    try await governor.change(mission: "m", by: "b", reason: "r") { state throws(LogError) in
      try state.set([1], "context", "k")
    }
    try await governor.grant("read", to: "b", inMission: "m", by: "ops")
    try await governor.revoke("read", from: "b", inMission: "m", by: "ops")
    try await governor.start(RunDescription(agent: "a")).fail(Mishap())
    let orphan = try await governor.start(RunDescription(agent: "a"))
    let left = try await orphan.decide([ToolCall(function: "read", arguments: "{}", id: "c")])[0]
    try await withThrowingTaskGroup(of: Void.self) { group in
      let isRunning = Runs()
      let mayEnd = Runs()
      group.addTask {
        _ = try? await orphan.perform(left) { permit in
          isRunning.note()
          while mayEnd.count == 0 { try await Task.sleep(for: .milliseconds(1)) }
          return .ok(try permit.arguments(for: left.call.tool))
        }
      }
      while isRunning.count == 0 { try await Task.sleep(for: .milliseconds(1)) }
      await governor.close()
      mayEnd.note()
      try await group.waitForAll()
    }
    let counting = try await store.open(policy: Self.policy, surroundings: surroundings) {
      $0.engineTimeout = .milliseconds(500)
      $0.onEngineError = .allowAndCount
    }
    try await recordGap(counting, system)
    await counting.close()
  }

  private func recordGap(
    _ governor: Governor, _ system: FaultInjectingFileSystem
  ) async throws {
    let gap = try await governor.start(RunDescription(agent: "a"))
    system.arm(FaultPlan(at: 1, of: [.synchronizeData], .stall))
    try await gap.end()
    system.release()
    while governor.unrecordedEventCount > 0 {
      try await governor.start(RunDescription(agent: "a")).end()
    }
  }
}

private final class FailingOnce: RollbackParticipant {
  let name = "workspace"
  private let hasFailed = Atomic(false)

  func capture() throws -> String { "captured" }
  func restore(_ captured: String) throws {
    if !hasFailed.exchange(true, ordering: .relaxed) { throw Mishap() }
  }
}

extension String {
  fileprivate var trimmed: String { filter { $0 != " " } }
}
