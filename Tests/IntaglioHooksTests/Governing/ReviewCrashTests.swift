import Glibc
import Intaglio
import IntaglioFormat
import IntaglioHooks
import IntaglioStorage
import IntaglioTestSupport
import IntaglioVerifier
import Synchronization
import SystemPackage
import Testing

/// Reviews, votes, pauses and resumptions that a crash ends at any call of the system.
@Suite struct ReviewCrashTests {
  private static let policy = #"""
    {"version": 1, "default": "allow",
     "limits": [{"id": "pays", "per": "log", "most": 1000}],
     "rules": [{"id": "ask", "when": {"tool": "pay"}, "effect": "review"}]}
    """#

  private static let callCount = 4

  /// What somebody was told, and which bodies ran.
  private final class Told: Sendable {
    private struct Contents: Sendable {
      var words: Set<String> = []
      var bodies: [Int: Int] = [:]
      var tickets: [Ticket] = []
    }
    private let contents = Mutex(Contents())

    func note(_ word: String) { contents.withLock { _ = $0.words.insert(word) } }
    func has(_ word: String) -> Bool { contents.withLock { $0.words.contains(word) } }
    func ran(_ call: Int) { contents.withLock { $0.bodies[call, default: 0] += 1 } }
    var bodies: [Int: Int] { contents.withLock { $0.bodies } }
    var tickets: [Ticket] {
      get { contents.withLock { $0.tickets } }
      set { contents.withLock { $0.tickets = newValue } }
    }
  }

  private func open(
    _ path: FilePath, _ system: any FileSystem = SystemFileSystem(), isRebooted: Bool = false
  ) async throws -> Governor {
    var surroundings = Surroundings()
    // Without a restart a gap in what was written would be damage.
    if isRebooted { surroundings.bootID = [UInt8](repeating: 0xB0, count: 16) }
    surroundings.system = system
    var options = GovernorOptions(policy: try testPolicy(Self.policy))
    options.engineTimeout = .seconds(600)
    options.log.segmentByteCount = 256 << 10
    return try await Governor.open(at: path, options: options, surroundings: surroundings)
  }

  private func vote(_ ticket: Ticket, _ decision: ReviewVote.Decision = .approve) -> ReviewVote {
    ReviewVote(ticket: ticket.id.hex, decision: decision)
  }

  private func perform(
    _ decision: ToolDecision, _ run: GovernedRun, _ told: Told
  ) async throws {
    _ = try await run.perform(decision) { permit in
      told.ran(decision.number)
      return .ok(try permit.arguments(for: decision.call.tool))
    }
  }

  /// Four calls that wait: one is approved and runs before the pause, one is approved and one rejected while the run is
  /// paused, one by a file in the inbox; then the run goes on in another process.
  private func work(_ path: FilePath, _ system: any FileSystem, _ told: Told) async {
    for step in [ask, decide, goOn] {
      guard let governor = try? await open(path, system) else { return }
      try? await step(governor, system, told)
      await governor.close()
    }
  }

  private func ask(_ governor: Governor, _ system: any FileSystem, _ told: Told) async throws {
    var description = RunDescription(agent: "a", mission: "m")
    description.id = "r"
    let run = try await governor.start(description)
    let calls = (0..<Self.callCount).map {
      ToolCall(function: "pay", arguments: #"{"n":\#($0)}"#, id: "c")
    }
    let decisions = try await run.decide(calls)
    told.tickets = try await governor.tickets()
    told.note("asked")
    _ = try await governor.take(vote(told.tickets[0]), user: getuid())
    told.note("approved 0")
    try await perform(try await run.reviewed(decisions[0]), run, told)
    try await run.pause(reason: "review", state: "s")
    told.note("paused")
  }

  private func decide(_ governor: Governor, _ system: any FileSystem, _ told: Told) async throws {
    _ = try await governor.take(vote(told.tickets[1]), user: getuid())
    told.note("approved 1")
    _ = try await governor.take(vote(told.tickets[2], .reject), user: getuid())
    told.note("rejected 2")
    _ = try Inbox(ofLog: governor.logPath, in: system).leave(vote(told.tickets[3]))
    let id = told.tickets[3].id
    for _ in 0..<200 {
      if try await governor.tickets().contains(where: { $0.id == id && $0.state == .approved }) {
        break
      }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  private func goOn(_ governor: Governor, _ system: any FileSystem, _ told: Told) async throws {
    told.note("resuming")
    let resumed = try await governor.resume("r", state: "s")
    told.note("resumed")
    for review in resumed.reviews where review.effect == .allow {
      try await perform(review, resumed.run, told)
    }
    try await resumed.run.end()
    told.note("ended")
  }

  private func events(_ path: FilePath, _ stream: String) throws -> [RecordedEvent] {
    let snapshot = try snapshot(path)
    guard let stream = try snapshot.stream(named: stream) else { return [] }
    return try snapshot.records(of: stream.number).compactMap { try RecordedEvent($0.get()) }
  }

  private func snapshot(_ path: FilePath) throws -> Snapshot {
    try LogReader.open(at: path.appending("0"), includingUnsynced: true, access: .copied)
      .snapshot()
  }

  /// Holds what is on disk against what was told, and goes on from there.
  private func check(
    _ path: FilePath, _ told: Told, isRebooted: Bool = false, _ comment: Comment
  ) async throws {
    // What the first opening records is on disk when it is closed.
    await (try await open(path, isRebooted: isRebooted)).close()
    let governor = try await open(path)
    let events = try events(path, "run/r")
    func count(_ kind: EventKind, _ call: Int) -> Int {
      events.count { $0.kind == kind && $0.integer("intaglio.call") == call }
    }
    let requests = events.count { $0.kind == .approvalRequested }
    if told.has("asked") { #expect(requests == Self.callCount, comment) }
    if told.has("rejected 2") { #expect(count(.approvalRejected, 2) == 1, comment) }
    for call in 0..<Self.callCount {
      let grants = count(.approvalGranted, call)
      if told.has("approved \(call)") { #expect(grants == 1, comment) }
      #expect(grants <= 1, comment)
      #expect(count(.toolStart, call) <= grants, comment)
      #expect(told.bodies[call, default: 0] <= count(.toolStart, call), comment)
    }
    let votes = events.filter { $0.kind == .approvalDecided }.map { $0["intaglio.ticket"] }
    #expect(Set(votes).count == votes.count, comment)
    // No vote without what became of its ticket.
    let outcomes = events.count {
      $0.kind == .approvalGranted || $0.kind == .approvalRejected
    }
    #expect(votes.count == outcomes, comment)

    let isOver = events.contains { [.runEnd, .runFailed, .runOrphaned].contains($0.kind) }
    let isPaused =
      !isOver
      && events.last { $0.kind == .runPaused || $0.kind == .runResumed }?.kind == .runPaused
    if told.has("paused"), !told.has("resuming") { #expect(isPaused, comment) }
    if told.has("resumed") || told.has("ended") { #expect(!isPaused && isOver, comment) }
    if isPaused {
      try await goOnFromPause(governor, told, events, comment)
    } else {
      #expect(events.isEmpty || isOver, comment)
      #expect(try await governor.tickets().isEmpty, comment)
    }
    #expect(await code { _ = try await governor.resume("r") } == .notPaused, comment)
    await governor.close()
    try checkEnd(path, comment)
  }

  private func goOnFromPause(
    _ governor: Governor, _ told: Told, _ events: [RecordedEvent], _ comment: Comment
  ) async throws {
    // What a crash left in the inbox is taken before; what is decided there is nothing to this run.
    try await Task.sleep(for: .milliseconds(20))
    let resumed = try await governor.resume("r", state: "s")
    #expect(await code { _ = try await governor.resume("r") } == .notPaused, comment)
    #expect(resumed.reviews.map(\.number) == [1, 2, 3], comment)
    for var review in resumed.reviews {
      let wasGranted = events.contains {
        $0.kind == .approvalGranted && $0.integer("intaglio.call") == review.number
      }
      if wasGranted { #expect(review.effect == .allow, comment) }
      if review.effect == .review {
        let open = try await governor.tickets().first { $0.call == review.number }
        let ticket = try #require(open, comment)
        _ = try await governor.take(vote(ticket), user: getuid())
        review = try await resumed.run.reviewed(review)
        #expect(review.effect == .allow, comment)
      }
      guard review.effect == .allow else { continue }
      let decision = review
      try await perform(decision, resumed.run, told)
      #expect(await code { try await perform(decision, resumed.run, told) } == .used, comment)
    }
    try await resumed.run.end()
  }

  /// When all is over: every body ran at most once, every count is what the records say, nothing is open.
  private func checkEnd(_ path: FilePath, _ comment: Comment) throws {
    let events = try events(path, "run/r")
    var used = 0
    for event in events where event.kind == .policyDecision {
      used += event["intaglio.limits"]?.array?.count ?? 0
    }
    let state = try #require(try snapshot(path).state(ofSpace: "governor"), comment)
    let counted = try state.value("limit", "pays\nlog\n").map {
      String(decoding: $0, as: UTF8.self)
    }
    #expect(counted ?? "0" == String(used), comment)
    for component in ["run", "paused", "ticket"] {
      var iterator = try state.entries(in: component).makeIterator()
      #expect(iterator.next() == nil, comment)
    }
    let report = try Verifier().verify(path.appending("0"))
    #expect(report.isFaultless, comment)
  }

  @Test
  func
    `after a crash at any call an approval is neither lost nor used twice, and a paused run goes on once`()
    async throws
  {
    let counting = FaultInjectingFileSystem()
    let whole = try TemporaryDirectory()
    let told = Told()
    await work(whole.path.appending("store"), counting, told)
    try #require(told.has("ended"))
    #expect(told.bodies == [0: 1, 1: 1, 3: 1])
    try await check(whole.path.appending("store"), told, "no crash")
    let count = counting.callCount()
    var struck = 0
    for number in stride(from: 1, through: count, by: isDebugBuild ? 3 : 1) {
      for fault in [Fault.crash, .crashHalfway] {
        let directory = try TemporaryDirectory()
        let told = Told()
        let system = FaultInjectingFileSystem(SystemFileSystem(), FaultPlan(at: number, fault))
        await work(directory.path.appending("store"), system, told)
        if system.hasStruck { struck += 1 }
        try await check(
          directory.path.appending("store"), told, "call \(number) of \(count), \(fault)")
        #expect(told.bodies.values.allSatisfy { $0 == 1 })
      }
    }
    #expect(struck > 40)
  }

  @Test func `after the loss of power nothing that was told of a review is lost`() async throws {
    var generator = SeededGenerator(for: "reviews and the loss of power")
    var paused = 0
    for round in 0..<60 {
      let directory = try TemporaryDirectory()
      let disk = try PowerLossFileSystem(root: directory.path)
      let number = Int.random(in: 1...120, using: &generator)
      let system = FaultInjectingFileSystem(disk, FaultPlan(at: number, .crashHalfway))
      let told = Told()
      await work(directory.path.appending("store"), system, told)
      let after = try TemporaryDirectory()
      try disk.powerLoss(into: after.path, using: &generator)
      if told.has("paused") { paused += 1 }
      try await check(
        after.path.appending("store"), told, isRebooted: true, "round \(round), call \(number)")
    }
    #expect(paused > 5)
  }
}
