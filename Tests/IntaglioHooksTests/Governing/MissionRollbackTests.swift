import Glibc
import Intaglio
import IntaglioFormat
import IntaglioHooks
import IntaglioStorage
import IntaglioTestSupport
import Synchronization
import SystemPackage
import Testing

/// A place outside the log with one text in it.
private final class Workspace: RollbackParticipant {
  let name = "workspace"
  private let state: Mutex<(text: String, restoreCount: Int, failures: Int)>

  init(_ text: String = "0") { state = Mutex((text, 0, 0)) }

  var text: String {
    get { state.withLock { $0.text } }
    set { state.withLock { $0.text = newValue } }
  }
  var restoreCount: Int { state.withLock { $0.restoreCount } }
  func failNext(_ count: Int) { state.withLock { $0.failures = count } }

  func capture() async throws -> String { text }

  func restore(_ captured: String) async throws {
    try state.withLock { state in
      state.restoreCount += 1
      if state.failures > 0 {
        state.failures -= 1
        throw Mishap()
      }
      state.text = captured
    }
  }
}

@Suite struct MissionRollbackTests {
  private func set(_ run: GovernedRun, _ value: String) async throws {
    let bytes = Array(value.utf8)
    try await run.change { state throws(LogError) in try state.set(bytes, "memory", "k") }
  }

  private func value(_ governor: Governor) async throws -> String? {
    let run = try await governor.start(RunDescription(agent: "look", mission: "m"))
    let value = try await run.value("memory", "k")
    try await run.end()
    return value.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func `a mission goes back to a run's start, and forward again; the log keeps all of it`()
    async throws
  {
    let store = try TestStore()
    let governor = try await store.open()
    var ids: [String] = []
    for value in ["1", "2", "3"] {
      let run = try await governor.start(RunDescription(agent: "a", mission: "m"))
      try await set(run, value)
      try await run.end()
      ids.append(run.id)
    }
    let end = try #require(try await governor.checkpoints(ofMission: "m").first)
    let preview = try await governor.rollback(run: ids[1], reason: "r", by: "b")
    #expect(preview.state.components["memory"]?.changedCount == 1)
    #expect(try await value(governor) == "1")
    try await governor.rollback(mission: "m", to: end, reason: "forward", by: "b")
    #expect(try await value(governor) == "3")
    await governor.close()
    let events = try store.events(ofStream: "governor").map(\.kind)
    #expect(events.count { $0 == .rollbackDone } == 2)
    #expect(try store.verify())
  }

  @Test func `the latest is the newest checkpoint that differs from now`() async throws {
    let store = try TestStore()
    let governor = try await store.open()
    let run = try await governor.start(RunDescription(agent: "a", mission: "m"))
    try await set(run, "1")
    try await run.checkpoint(label: "one")
    try await set(run, "2")
    try await run.end()
    let before = try await governor.rollbackToLatest(mission: "m", reason: "r", by: "b")
    #expect(before?.state.checkpoint.label == "one")
    #expect(try await value(governor) == "1")
    await governor.close()
  }

  @Test func `several candidates are an error that names them`() async throws {
    let store = try TestStore()
    let governor = try await store.open()
    let run = try await governor.start(RunDescription(agent: "a", mission: "m"))
    let numbers = [
      try await run.checkpoint(label: "twice").sequence,
      try await run.checkpoint(label: "twice").sequence,
    ]
    try await run.end()
    let message = await ambiguity(governor)
    for number in numbers { #expect(message.contains("\(number)")) }
    #expect(
      await code { _ = try await governor.checkpoint(ofMission: "m", labelled: "none") } == .invalid
    )
    #expect(await code { _ = try await governor.checkpoints(ofMission: "n") } == .noMission)
    await governor.close()
  }

  private func ambiguity(_ governor: Governor) async -> String {
    do throws(GovernorError) {
      _ = try await governor.checkpoint(ofMission: "m", labelled: "twice")
      return "one of two was chosen"
    } catch { return error.message }
  }

  @Test func `a live run refuses, paused ones are ended, tickets and approvals voided`()
    async throws
  {
    let store = try TestStore()
    let policy = #"""
      {"version": 1, "default": "allow",
       "rules": [{"id": "ask", "when": {"tool": "pay"}, "effect": "review"}]}
      """#
    let governor = try await store.open(policy: policy)
    let first = try await governor.start(RunDescription(agent: "a", mission: "m"))
    try await set(first, "1")
    let call = ToolCall(function: "pay", arguments: "{}")
    _ = try await first.decide([call, call])
    let target = try await first.checkpoint(label: "here")
    #expect(
      await code { try await governor.rollback(mission: "m", to: target, reason: "", by: "b") }
        == .missionLive)
    let tickets = try await governor.tickets()
    let vote = ReviewVote(ticket: tickets[0].id.hex, decision: .approve)
    _ = try await governor.take(vote, user: getuid())
    try await set(first, "2")
    try await first.pause(reason: "r")
    let other = try await governor.start(RunDescription(agent: "a", mission: "other"))
    _ = try await other.decide([call])
    let preview = try await governor.previewRollback(ofMission: "m", to: target)
    #expect(preview.tickets.map(\.state) == [.approved, .open])
    #expect(preview.pausedRuns == [first.id])
    try await governor.rollback(mission: "m", to: target, reason: "r", by: "b")
    #expect(try await governor.tickets().map(\.mission) == ["other"])
    #expect(await code { _ = try await governor.resume(first.id) } == .notPaused)
    try await other.end()
    await governor.close()
    #expect(try store.events(ofRun: first.id).count { $0.kind == .approvalVoided } == 2)
    #expect(try store.events(ofRun: first.id).last?.kind == .runFailed)
  }

  @Test
  func `a rollback over irreversible effects has to be forced, and a preview lists every call`()
    async throws
  {
    let store = try TestStore()
    let policy = #"""
      {"version": 1, "default": "allow",
       "rules": [{"id": "mail", "when": {"tool": "mail"}, "effect_class": "irreversible"},
                 {"id": "read", "when": {"tool": "read"}, "effect_class": "none"}]}
      """#
    let governor = try await store.open(policy: policy)
    let run = try await governor.start(RunDescription(agent: "a", mission: "m"))
    for name in ["read", "mail", "other"] {
      _ = try await governor.tool(name) { _ in "" }("{}", in: run)
    }
    try await set(run, "1")
    try await run.end()
    let (_, start) = try await governor.checkpoint(atStartOf: run.id)
    let preview = try await governor.previewRollback(ofMission: "m", to: start)
    #expect(preview.calls.map(\.tool) == ["function:read", "function:mail", "function:other"])
    #expect(preview.calls.map(\.effectClass) == [.none, .irreversible, .unknown])
    #expect(preview.calls.allSatisfy { $0.status == "ok" })
    #expect(
      await code { try await governor.rollback(mission: "m", to: start, reason: "", by: "b") }
        == .irreversible)
    try await governor.rollback(mission: "m", to: start, reason: "", by: "b", isForced: true)
    #expect(try await value(governor) == nil)
    await governor.close()
    let done = try #require(
      try store.events(ofStream: "governor").first { $0.kind == .rollbackDone })
    #expect(done.isTrue("intaglio.forced"))
  }

  @Test func `limits and what was used of them never go back`() async throws {
    let store = try TestStore()
    let policy = #"""
      {"version": 1, "default": "allow",
       "limits": [{"id": "l", "tool": "pay", "per": "mission", "most": 1}]}
      """#
    let governor = try await store.open(policy: policy)
    let call = ToolCall(function: "pay", arguments: "{}")
    let run = try await governor.start(RunDescription(agent: "a", mission: "m"))
    try await set(run, "1")
    #expect(try await run.decide([call])[0].effect == .allow)
    try await run.end()
    try await governor.rollback(run: run.id, reason: "", by: "b")
    let second = try await governor.start(RunDescription(agent: "a", mission: "m"))
    #expect(try await second.decide([call])[0].effect == .deny)
    try await second.end()
    await governor.close()
  }

  @Test func `after a rollback to another policy the stricter wins until one is loaded explicitly`()
    async throws
  {
    let store = try TestStore()
    let strict = #"""
      {"version": 1, "default": "allow",
       "rules": [{"id": "no", "when": {"tool": "pay"}, "effect": "deny"}]}
      """#
    let loose = #"{"version": 1, "default": "allow"}"#
    let call = ToolCall(function: "pay", arguments: "{}")
    let governor = try await store.open(policy: strict)
    let first = try await governor.start(RunDescription(agent: "a", mission: "m"))
    let target = try await first.checkpoint(label: "under the strict one")
    try await first.end()
    governor.use(try testPolicy(loose))
    let second = try await governor.start(RunDescription(agent: "a", mission: "m"))
    #expect(try await second.decide([call])[0].effect == .allow)
    try await second.end()
    try await governor.rollback(mission: "m", to: target, reason: "", by: "b")
    await governor.close()

    let again = try await store.open(policy: loose)
    let third = try await again.start(RunDescription(agent: "a", mission: "m"))
    let decision = try await third.decide([call])[0]
    #expect(decision.effect == .deny && decision.deciders == ["no"])
    try await third.use(try testPolicy(loose))
    #expect(try await third.decide([call])[0].effect == .allow)
    try await third.end()
    let fourth = try await again.start(RunDescription(agent: "a", mission: "m"))
    #expect(try await fourth.decide([call])[0].effect == .allow)
    try await fourth.end()
    await again.close()
  }

  @Test func `where two policies ask for a review, its terms are as strict as both`() async throws {
    func policy(_ approvers: String, _ terms: String) -> String {
      #"""
      {"version": 1, "default": "allow", "approvers": {\#(approvers)},
       "rules": [{"id": "ask", "when": {"tool": "pay"}, "effect": "review", "review": {\#(terms)}}]}
      """#
    }
    let names = ["ann", "bob", "eve"].map { #""\#($0)": "\#(SigningKey().publicKey)""# }
      .joined(separator: ",")
    let call = ToolCall(function: "pay", arguments: "{}")
    for (terms, expected) in [
      (#""approvers": ["bob", "eve"], "expires": "1h""#, ["bob"] as [String]?),
      (#""approvers": ["eve"]"#, nil),
    ] {
      let store = try TestStore()
      let old = policy(names, #""approvers": ["ann", "bob"], "expires": "2h""#)
      let governor = try await store.open(policy: old)
      let first = try await governor.start(RunDescription(agent: "a", mission: "m"))
      let target = try await first.checkpoint(label: "here")
      try await first.end()
      governor.use(try testPolicy(policy(names, terms)))
      try await governor.start(RunDescription(agent: "a", mission: "m")).end()
      try await governor.rollback(mission: "m", to: target, reason: "", by: "b")
      let run = try await governor.start(RunDescription(agent: "a", mission: "m"))
      let decision = try await run.decide([call])[0]
      #expect(decision.effect == (expected == nil ? .deny : .review))
      let ticket = try await governor.tickets().last
      #expect(ticket?.terms.approvers == expected)
      #expect(ticket?.terms.expirySeconds == (expected == nil ? nil : 3600))
      try await run.end()
      await governor.close()
    }
  }

  @Test func `what is outside is restored with it, and a checkpoint without it is refused`()
    async throws
  {
    let store = try TestStore()
    let workspace = Workspace("1")
    let governor = try await store.open { $0.participants = [workspace] }
    let run = try await governor.start(RunDescription(agent: "a", mission: "m"))
    try await set(run, "1")
    let one = try await run.checkpoint(label: "one")
    workspace.text = "2"
    try await set(run, "2")
    try await run.end()
    let preview = try await governor.rollback(mission: "m", to: one, reason: "", by: "b")
    #expect(preview.participants == ["workspace"])
    #expect(workspace.text == "1")
    #expect(try await value(governor) == "1")
    await governor.close()

    let without = try await store.open()
    #expect(
      await code { try await without.rollback(mission: "m", to: one, reason: "", by: "b") }
        == .notRestorable)
    let bare = try await without.start(RunDescription(agent: "a", mission: "bare"))
    let unnamed = try await bare.checkpoint(label: "bare")
    try await bare.end()
    await without.close()
    let with = try await store.open { $0.participants = [workspace] }
    #expect(
      await code { try await with.rollback(mission: "bare", to: unnamed, reason: "", by: "b") }
        == .notRestorable)
    await with.close()
  }

  @Test func `a participant that fails keeps its mission closed until the rollback is finished`()
    async throws
  {
    let store = try TestStore()
    let workspace = Workspace("1")
    let governor = try await store.open { $0.participants = [workspace] }
    let run = try await governor.start(RunDescription(agent: "a", mission: "m"))
    try await set(run, "1")
    let one = try await run.checkpoint(label: "one")
    workspace.text = "2"
    try await set(run, "2")
    try await run.end()
    workspace.failNext(2)
    #expect(
      await code { try await governor.rollback(mission: "m", to: one, reason: "", by: "b") }
        == .rollbackFailed)
    #expect(
      await code { _ = try await governor.start(RunDescription(agent: "a", mission: "m")) }
        == .rollbackPending)
    await governor.close()
    // The next opening tries again, and fails once more; the one after it succeeds.
    let second = try await store.open { $0.participants = [workspace] }
    #expect(
      await code { _ = try await second.start(RunDescription(agent: "a", mission: "m")) }
        == .rollbackPending)
    await second.close()
    let third = try await store.open { $0.participants = [workspace] }
    #expect(workspace.text == "1" && workspace.restoreCount == 3)
    #expect(try await value(third) == "1")
    await third.close()
    #expect(try store.events(ofStream: "governor").count { $0.kind == .rollbackFailed } == 2)
    #expect(try store.verify())
  }

  @Test(arguments: [false, true])
  func `after a crash at any call a rollback is whole or not begun`(hasParticipant: Bool)
    async throws
  {
    let counting = FaultInjectingFileSystem()
    _ = try await crash(counting, nil, hasParticipant)
    let count = counting.callCount()
    var outcomes: [String: Int] = [:]
    for number in stride(from: 1, through: count, by: isDebugBuild ? 4 : 1) {
      let system = FaultInjectingFileSystem()
      let outcome = try await crash(
        system, FaultPlan(at: number, .crashHalfway), hasParticipant)
      outcomes[outcome, default: 0] += 1
    }
    #expect(outcomes.keys.sorted() == ["1", "2"], "\(outcomes)")
  }

  /// Rolls back from 2 to 1 on a system that goes wrong; gives what the next opening finds.
  private func crash(
    _ system: FaultInjectingFileSystem, _ plan: FaultPlan?, _ hasParticipant: Bool
  ) async throws -> String {
    let store = try TestStore()
    let workspace = Workspace("1")
    let adjust: (inout GovernorOptions) -> Void = {
      if hasParticipant { $0.participants = [workspace] }
    }
    let policy = #"""
      {"version": 1, "default": "allow",
       "rules": [{"id": "ask", "when": {"tool": "pay"}, "effect": "review"}]}
      """#
    let governor = try await store.open(policy: policy, adjust)
    let run = try await governor.start(RunDescription(agent: "a", mission: "m"))
    try await set(run, "1")
    let one = try await run.checkpoint(label: "one")
    workspace.text = "2"
    try await set(run, "2")
    _ = try await run.decide([ToolCall(function: "pay", arguments: "{}")])
    try await run.pause(reason: "r")
    await governor.close()

    var surroundings = Surroundings()
    surroundings.system = system
    system.arm(plan)
    if let second = try? await store.open(surroundings: surroundings, adjust) {
      _ = try? await second.rollback(mission: "m", to: one, reason: "", by: "b")
      await second.close()
    }
    let third = try await store.open(adjust)
    let ticketCount = try await third.tickets().count
    let isPaused = await code { _ = try await third.resume(run.id) } == nil
    let value = try await value(third) ?? ""
    await third.close()
    #expect(ticketCount == (value == "2" ? 1 : 0))
    #expect(isPaused == (value == "2"))
    if hasParticipant { #expect(workspace.text == value) }
    #expect(try store.verify())
    return value
  }
}
