import Glibc
import Intaglio
import IntaglioFormat
import IntaglioHooks
import IntaglioStorage
import IntaglioTestSupport
import SystemPackage
import Testing

@Suite struct ReviewTests {
  private static let local = #"""
    {"version": 1, "default": "allow", "rules": [
      {"id": "ask", "when": {"tool": "pay"}, "effect": "review", "reason": "money",
       "review": {"expires": "1h"}}]}
    """#

  private static let call = ToolCall(function: "pay", arguments: #"{"amount":5}"#, id: "c")

  /// A run with one call that waits, and its ticket.
  private func waiting(
    _ governor: Governor
  ) async throws -> (run: GovernedRun, decision: ToolDecision, ticket: Ticket) {
    let run = try await governor.start(RunDescription(agent: "a", mission: "m"))
    let decision = try await run.decide([Self.call])[0]
    #expect(decision.effect == .review)
    let ticket = try #require(try await governor.tickets().last { $0.run == run.id })
    return (run, decision, ticket)
  }

  private func approve(_ ticket: Ticket, _ decision: ReviewVote.Decision = .approve) -> ReviewVote {
    ReviewVote(ticket: ticket.id.hex, decision: decision, reason: "r")
  }

  private func message(_ result: Result<ReviewOutcome, ReviewRefusal>) -> String? {
    if case .failure(let refusal) = result { refusal.message } else { nil }
  }

  private func perform(_ run: GovernedRun, _ decision: ToolDecision) async throws {
    _ = try await run.perform(decision) { permit in
      .ok(try permit.arguments(for: decision.call.tool))
    }
  }

  @Test
  func `a ticket is named by its record's chain value, and an approval lets its call run once`()
    async throws
  {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.local)
    let (run, decision, ticket) = try await waiting(governor)
    #expect(ticket.state == .open && ticket.call == 0 && ticket.reason == "money")
    #expect(await code { try await perform(run, decision) } == .notPermitted)
    let outcome = try await governor.take(approve(ticket), user: getuid())
    guard case .success(.approved) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    let allowed = try await run.waitForReview(decision)
    #expect(allowed.effect == .allow)
    try await perform(run, allowed)
    #expect(await code { try await perform(run, allowed) } == .used)
    let again = try await governor.take(approve(ticket), user: getuid())
    #expect(message(again)?.contains("no open ticket") == true)
    try await run.end()
    await governor.close()
    let snapshot = try LogReader.open(at: store.path.appending("0")).snapshot()
    let events = try store.events(ofRun: run.id)
    let requested = try #require(events.first { $0.kind == .approvalRequested })
    #expect(try snapshot.record(at: requested.sequence).chain == ticket.id)
    let start = try #require(events.first { $0.kind == .toolStart })
    #expect(start["intaglio.ticket"] == .string(ticket.id.hex))
    #expect(
      try store.story(ofRun: run.id)
        == "run.start tool.request policy.decision approval.requested approval.decided approval.granted tool.start tool.end run.end"
    )
    #expect(try store.verify())
  }

  @Test func `a decision says whether its run waits or pauses, and which ticket it waits for`()
    async throws
  {
    let policy = #"""
      {"version": 1, "default": "allow", "rules": [
        {"id": "pause", "when": {"tool": "pay"}, "effect": "review", "review": {"mode": "pause"}},
        {"id": "wait", "when": {"tool": ["pay", "send"]}, "effect": "review"}]}
      """#
    let store = try TestStore()
    let governor = try await store.open(policy: policy)
    let run = try await governor.start(RunDescription(agent: "a", mission: "m"))
    let decisions = try await run.decide(
      ["pay", "send", "read"].map { ToolCall(function: $0, arguments: "{}") })
    // Where two rules ask, the run pauses if one of them says so.
    #expect(decisions.map(\.reviewMode) == [.pause, .wait, nil])
    let tickets = try await governor.tickets()
    #expect(decisions.map(\.ticket?.id) == [tickets[0].id, tickets[1].id, nil])
    _ = try await governor.take(approve(tickets[0]), user: getuid())
    _ = try await governor.take(approve(tickets[1], .reject), user: getuid())
    try await run.pause(reason: "review")
    let resumed = try await governor.resume(run.id)
    #expect(resumed.reviews.map(\.effect) == [.allow, .deny])
    #expect(resumed.reviews.map(\.reviewMode) == [nil, nil])
    #expect(resumed.reviews.map(\.ticket?.state) == [.approved, nil])
    try await resumed.run.end()
    await governor.close()
  }

  @Test func `a review that is denied ends the run where its rule says so, at the engine as well`()
    async throws
  {
    let policy = #"""
      {"version": 1, "default": "allow", "rules": [
        {"id": "ask", "when": {"tool": "pay"}, "effect": "review", "on_deny": "abort"}]}
      """#
    let store = try TestStore()
    let governor = try await store.open(policy: policy)
    let (run, decision, ticket) = try await waiting(governor)
    _ = try await governor.take(approve(ticket, .reject), user: getuid())
    let denied = try await run.waitForReview(decision)
    #expect(denied.effect == .deny && denied.abortsRun)
    #expect(await code { _ = try await run.decide([Self.call]) } == .aborted)
    try await run.fail(type: "aborted", message: "denied")
    await governor.close()
  }

  @Test func `a task that waits is told of a decision that somebody leaves in the inbox`()
    async throws
  {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.local)
    let (run, decision, ticket) = try await waiting(governor)
    let waiter = Task { try await run.waitForReview(decision) }
    let inbox = Inbox(ofLog: governor.logPath)
    let name = try inbox.leave(approve(ticket))
    let allowed = try await waiter.value
    #expect(allowed.effect == .allow)
    try await perform(run, allowed)
    try await run.end()
    await governor.close()
    let decided = try #require(
      try store.events(ofRun: run.id).first { $0.kind == .approvalDecided })
    #expect(decided["intaglio.inbox"] == .string(name))
    #expect(decided["intaglio.identity"] == .string("uid:\(getuid())"))
    #expect(decided["intaglio.assurance"] == .string("local"))
  }

  @Test func `a reject closes the ticket for good, and the model is told`() async throws {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.local)
    let (run, decision, ticket) = try await waiting(governor)
    _ = try await governor.take(approve(ticket, .reject), user: getuid())
    let denied = try await run.waitForReview(decision)
    #expect(denied.effect == .deny && denied.message.contains("not approved"))
    #expect(await code { try await perform(run, denied) } == .notPermitted)
    #expect(message(try await governor.take(approve(ticket), user: getuid())) != nil)
    #expect(try await run.reviewed(decision).effect == .deny)
    try await run.end()
    await governor.close()
    #expect(try store.events(ofRun: run.id).contains { $0.kind == .approvalRejected })
    #expect(try store.events(ofStream: "governor").contains { $0.kind == .approvalRefused })
  }

  @Test func `another user's decision does not count where only the local user may decide`()
    async throws
  {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.local)
    let (run, decision, ticket) = try await waiting(governor)
    let outcome = try await governor.take(approve(ticket), user: getuid() + 1)
    #expect(message(outcome)?.contains("not the log's owner") == true)
    #expect(try await run.reviewed(decision).effect == .review)
    try await run.end()
    await governor.close()
    #expect(try store.events(ofRun: run.id).contains { $0.kind == .approvalRefused })
  }

  @Test(.enabled(if: geteuid() == 0, "only root can make files of another user"))
  func `a file of another user in the inbox is refused and recorded`() async throws {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.local)
    let (run, decision, ticket) = try await waiting(governor)
    let directory = governor.logPath.appending("inbox")
    mkdir(directory.string, 0o700)
    let path = directory.appending("x.new")
    try write(approve(ticket).fileContents, to: path)
    #expect(chown(path.string, 12345, 12345) == 0)
    #expect(rename(path.string, directory.appending("x.json").string) == 0)
    try await refused(run, governor, store, "not the log's owner")
    #expect(try await run.reviewed(decision).effect == .review)
    try await run.end()
    await governor.close()
  }

  /// Waits until a refusal of the run's stream or the governor's says `words`.
  private func refused(
    _ run: GovernedRun, _ governor: Governor, _ store: borrowing TestStore, _ words: String
  ) async throws {
    for _ in 0..<500 {
      let events =
        try store.events(ofRun: run.id) + store.events(ofStream: "governor")
      if events.contains(where: {
        $0.kind == .approvalRefused && $0["intaglio.reason"]?.string?.contains(words) == true
      }) {
        return
      }
      try await Task.sleep(for: .milliseconds(20))
      // What is only ordered becomes readable with the next sync.
      _ = try await run.checkpoint(label: "look")
    }
    Issue.record("no refusal says \(words)")
  }

  private func write(_ bytes: [UInt8], to path: FilePath) throws {
    try File(path, .createNew, in: SystemFileSystem()).write(bytes, at: 0)
  }

  @Test func `links, fifos, huge files and nonsense in the inbox are refused and removed`()
    async throws
  {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.local)
    let (run, decision, ticket) = try await waiting(governor)
    let inbox = governor.logPath.appending("inbox")
    mkdir(inbox.string, 0o700)
    let outside = store.directory.path.appending("vote")
    try write(approve(ticket).fileContents, to: outside)
    symlink(outside.string, inbox.appending("link.json").string)
    link(outside.string, inbox.appending("hard.json").string)
    mkfifo(inbox.appending("fifo.json").string, 0o600)
    for (name, bytes) in [
      ("huge", [UInt8](repeating: 32, count: 65_537)), ("none", Array("{}".utf8)),
      ("half", Array(approve(ticket).fileContents.dropLast())),
    ] {
      try write(bytes, to: inbox.appending(name + ".new"))
      rename(
        inbox.appending(name + ".new").string, inbox.appending(name + ".json").string)
    }
    for words in [
      "symbolic link", "other names", "no regular file", "more than 65536", "no decision",
    ] {
      try await refused(run, governor, store, words)
    }
    #expect(try await run.reviewed(decision).effect == .review)
    try await run.end()
    await governor.close()
    let left = try Directory(inbox, in: SystemFileSystem()).names()
    #expect(left.isEmpty, "\(left)")
  }

  @Test
  func `keys decide where approvers are named: listed, signed, each once, as many as it takes`()
    async throws
  {
    let keys = ["ann": SigningKey(), "bob": SigningKey(), "eve": SigningKey()]
    let policy = #"""
      {"version": 1, "default": "allow",
       "approvers": {"ann": "\#(keys["ann"]!.publicKey)", "bob": "\#(keys["bob"]!.publicKey)",
                     "eve": "\#(keys["eve"]!.publicKey)"},
       "rules": [{"id": "ask", "when": {"tool": "pay"}, "effect": "review",
                  "review": {"approvers": ["ann", "bob"], "quorum": 2}}]}
      """#
    let store = try TestStore()
    let other = try TestStore()
    let governor = try await store.open(policy: policy)
    let stranger = try await other.open(policy: policy)
    let (run, decision, ticket) = try await waiting(governor)
    let (otherRun, _, otherTicket) = try await waiting(stranger)
    let log = try LogReader.open(at: governor.logPath).manifest.logID
    let otherLog = try LogReader.open(at: stranger.logPath).manifest.logID
    func signed(
      _ name: String, as claimed: String? = nil, _ ticket: Ticket, log: LogID
    ) throws -> ReviewVote {
      try keys[name]!.sign(approve(ticket), log: log, as: claimed ?? name)
    }
    func refusal(_ vote: ReviewVote) async throws -> String? {
      message(try await governor.take(vote, user: getuid()))
    }
    #expect(try await refusal(approve(ticket))?.contains("takes a key of ann, bob") == true)
    #expect(try await refusal(signed("eve", ticket, log: log))?.contains("no approver") == true)
    #expect(
      try await refusal(signed("eve", as: "ann", ticket, log: log))?.contains("not ann's") == true)
    #expect(try await refusal(signed("ann", ticket, log: otherLog))?.contains("not ann's") == true)
    #expect(
      try await refusal(signed("ann", otherTicket, log: otherLog))?.contains("no open ticket")
        == true)
    var changed = ReviewVote(ticket: ticket.id.hex, decision: .approve, reason: "another")
    changed.signature = try signed("ann", ticket, log: log).signature
    #expect(try await refusal(changed)?.contains("not ann's") == true)
    var expired = ReviewVote(ticket: ticket.id.hex, decision: .approve, expiry: 1)
    expired = try keys["ann"]!.sign(expired, log: log, as: "ann")
    #expect(try await refusal(expired)?.contains("has expired") == true)
    #expect(try await refusal(signed("ann", ticket, log: log)) == nil)
    #expect(try await run.reviewed(decision).effect == .review)
    #expect(try await refusal(signed("ann", ticket, log: log))?.contains("before") == true)
    #expect(try await refusal(signed("bob", ticket, log: log)) == nil)
    let allowed = try await run.reviewed(decision)
    #expect(allowed.effect == .allow)
    try await perform(run, allowed)
    try await run.end()
    try await otherRun.end()
    await governor.close()
    await stranger.close()
    let decided = try store.events(ofRun: run.id).filter { $0.kind == .approvalDecided }
    #expect(decided.map { $0["intaglio.identity"]?.string } == ["key:ann", "key:bob"])
    #expect(decided.allSatisfy { $0["intaglio.assurance"] == .string("key") })
  }

  @Test(arguments: [(wall: 3601, boot: 0), (wall: 0, boot: 3601), (wall: -10, boot: 3601)])
  func `a ticket expires by the wall clock or the boot clock, also when it was approved`(
    wall: Int, boot: Int
  ) async throws {
    for isApproved in [false, true] {
      let store = try TestStore()
      let clock = TestClock()
      var surroundings = Surroundings()
      surroundings.clock = clock.clock
      let governor = try await store.open(policy: Self.local, surroundings: surroundings)
      let (run, decision, ticket) = try await waiting(governor)
      var decided = decision
      if isApproved {
        _ = try await governor.take(approve(ticket), user: getuid())
        decided = try await run.reviewed(decision)
        #expect(decided.effect == .allow)
      }
      clock.advance(nanoseconds: UInt64(boot) * 1_000_000_000)
      clock.stepWall(nanoseconds: Int64(wall - boot) * 1_000_000_000)
      #expect(await code { try await perform(run, decided) } == .notPermitted)
      #expect(message(try await governor.take(approve(ticket), user: getuid())) != nil)
      #expect(try await run.reviewed(decision).effect == .deny)
      try await run.end()
      await governor.close()
      #expect(try store.events(ofRun: run.id).contains { $0.kind == .approvalExpired })
    }
  }

  @Test func `a paused run goes on in another process with what was decided meanwhile`()
    async throws
  {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.local)
    let (run, _, ticket) = try await waiting(governor)
    try await run.modelRequested(ModelRequest(input: [#""x""#]))
    try await run.pause(reason: "review", state: "framework state")
    #expect(await code { _ = try await run.decide([Self.call]) } == .runOver)
    await governor.close()

    let second = try await store.open(policy: Self.local)
    #expect(try await second.tickets().map(\.id) == [ticket.id])
    #expect(await code { _ = try await second.resume(run.id, state: "edited") } == .stateDiffers)
    _ = try await second.take(approve(ticket), user: getuid())
    await second.close()

    let third = try await store.open(policy: Self.local)
    let resumed = try await third.resume(run.id, state: "framework state")
    #expect(resumed.pausedState == "framework state")
    #expect(resumed.reviews.map(\.effect) == [.allow])
    #expect(resumed.reviews[0].call == Self.call)
    #expect(await code { _ = try await third.resume(run.id) } == .notPaused)
    try await perform(resumed.run, resumed.reviews[0])
    #expect(await code { try await perform(resumed.run, resumed.reviews[0]) } == .used)
    try await resumed.run.end()
    await third.close()
    let fourth = try await store.open()
    #expect(await code { _ = try await fourth.resume(run.id) } == .notPaused)
    await fourth.close()
    #expect(
      try store.story(ofRun: run.id)
        == "run.start tool.request policy.decision approval.requested model.item model.request run.paused approval.decided approval.granted run.resumed tool.start tool.end run.end"
    )
    #expect(try store.verify())
  }

  @Test func `a paused run keeps its counts, its taint, its agent and its policy`() async throws {
    let store = try TestStore()
    let policy = #"""
      {"version": 1, "default": "allow",
       "limits": [{"id": "run", "tool": "read", "per": "run", "most": 2},
                  {"id": "log", "tool": "read", "per": "log", "most": 4}],
       "rules": [{"id": "web", "when": {"tool": "fetch"}, "reads": "untrusted"},
                 {"id": "b", "when": {"tool": "mail", "tainted": true, "agent": "b"}, "effect": "deny"}]}
      """#
    var effects: [Effect] = []
    var id = ""
    for round in 0..<4 {
      let governor = try await store.open(policy: round == 0 ? policy : nil)
      var run: GovernedRun
      if round == 0 {
        run = try await governor.start(RunDescription(agent: "a"))
        id = run.id
        try await run.agentStarted("b")
        _ = try await run.decide([ToolCall(function: "fetch", arguments: "{}")])
      } else {
        run = try await governor.resume(id).run
      }
      effects.append(try await run.decide([ToolCall(function: "read", arguments: "{}")])[0].effect)
      #expect(
        try await run.decide([ToolCall(function: "mail", arguments: "{}")])[0].effect == .deny)
      try await run.pause(reason: "r")
      await governor.close()
    }
    #expect(effects == [.allow, .allow, .deny, .deny])
    let governor = try await store.open(policy: policy)
    let other = try await governor.start(RunDescription(agent: "a"))
    for expected in [Effect.allow, .allow, .deny] {
      #expect(
        try await other.decide([ToolCall(function: "read", arguments: "{}")])[0].effect == expected)
    }
    try await other.end()
    await governor.close()
  }

  @Test func `tickets of a run that ends, or whose policy is replaced, are voided`() async throws {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.local)
    let (run, decision, ticket) = try await waiting(governor)
    _ = try await governor.take(approve(ticket), user: getuid())
    let allowed = try await run.reviewed(decision)
    try await run.use(try testPolicy(#"{"version": 1, "default": "allow"}"#))
    #expect(await code { try await perform(run, allowed) } == .notPermitted)
    let (second, _, _) = try await waiting(governor)
    try await second.end()
    #expect(try await governor.tickets().isEmpty)
    try await run.end()
    await governor.close()
    for id in [run.id, second.id] {
      #expect(try store.events(ofRun: id).count { $0.kind == .approvalVoided } == 1)
    }
  }

  @Test func `a task that is cancelled stops waiting, and the ticket stays open`() async throws {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.local)
    let (run, decision, _) = try await waiting(governor)
    let waiter = Task { try await run.waitForReview(decision) }
    waiter.cancel()
    await #expect(throws: CancellationError.self) { _ = try await waiter.value }
    #expect(try await run.reviewed(decision).effect == .review)
    try await run.end()
    await governor.close()
  }
}
