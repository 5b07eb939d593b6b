internal import IntaglioFormat
internal import IntaglioHooks
internal import IntaglioStorage

/// A governor as C has it: with the runs that it began or resumed by this handle, and the answers to what was sent.
final class HostedGovernor: HandleObject {
  static let kind = HandleKind.governor

  let governor: Governor
  let mailbox = Mailbox()
  private let pending = PendingRequests()
  private let runs = Locked<[String: HostedRun]>([:])

  /// The names of what the host captures and restores.
  private let participantNames: [String]

  init(_ governor: Governor, _ options: GovernorOptions) {
    self.governor = governor
    participantNames = options.participants.map(\.name)
  }

  /// Refuses names of what does not take part in rollbacks here.
  func checkParticipants(_ names: some Sequence<String>) throws(Failure) {
    guard let unknown = names.first(where: { !participantNames.contains($0) }) else { return }
    throw .invalid("\(escaped(unknown)) is no participant of this governor: its options name them")
  }

  /// The live run `id`.
  func run(_ id: String) throws(Failure) -> HostedRun {
    guard let run = runs.withLock({ $0[id] }) else {
      throw Failure(
        GovernorError(
          .runOver,
          "the run \(escaped(id)) is not live here: it is over, is paused, or was begun by another handle"
        ))
    }
    return run
  }

  func insert(_ run: HostedRun) { runs.withLock { $0[run.run.id] = run } }

  /// Does `body`, which ends the run `id`, and forgets it; also where it was over before.
  func ending(
    _ id: String, _ body: (HostedRun) async throws(GovernorError) -> Void
  ) async throws {
    let run = try run(id)
    do throws(GovernorError) { try await body(run) } catch {
      if error.code == .runOver { runs.withLock { $0[id] = nil } }
      throw error
    }
    runs.withLock { $0[id] = nil }
  }

  /// Does a request on the calling thread, which waits for the answer.
  func call(_ request: Request) throws -> [UInt8] {
    let number = try pending.expect()
    defer { pending.end(number) }
    return try blocking { [self] in
      await answer(request)
    } noting: {
      pending.note($0, number)
    }
  }

  /// Begins a request, whose answer goes to the mailbox.
  func send(_ request: Request, id: UInt64) throws(Failure) {
    let number = try pending.expect()
    RequestExecutor.begin(on: mailbox.queue) { [self] in
      mailbox.put(Mailbox.Answer(id: id, bytes: await answer(request)))
      pending.end(number)
      mailbox.queue.wake()
    } noting: {
      pending.note($0, number)
    }
  }

  private func answer(_ request: Request) async -> [UInt8] {
    do {
      return JSON.members(["ok": try await request.perform(self)]).textBytes
    } catch {
      let failure = Failure(any: error)
      return JSON.members([
        "error": .members([
          "code": .string(failure.name), "message": .string(failure.message),
          "cause": failure.cause.map(JSON.string),
        ])
      ]).textBytes
    }
  }

  /// Closes the governor, after which everything that was asked is answered.
  func close() throws {
    pending.close()
    let governor = governor
    try blocking { await governor.close() }
    // Another governor may have the store open still: then nobody has told those who wait for people.
    pending.cancelAll()
    while pending.count > 0 {
      let ticket = mailbox.queue.ticket
      if !mailbox.queue.runNext() { mailbox.queue.wait(after: ticket, atMost: 10_000_000) }
    }
    mailbox.close()
  }
}

/// A live run, with the decisions on its calls by their numbers.
final class HostedRun: Sendable {
  let run: GovernedRun
  let mission: String

  private struct Decisions: Sendable {
    var byCall: [Int: ToolDecision] = [:]
    var unrecordedCount = 0
  }

  private let decisions = Locked(Decisions())

  init(_ run: GovernedRun, mission: String) {
    self.run = run
    self.mission = mission
  }

  /// Keeps a decision; gives the number by which its call is known.
  ///
  /// Calls that could not be recorded have none of their own in the log: here they are -1, -2 and so on.
  func keep(_ decision: ToolDecision) -> Int {
    decisions.withLock { decisions in
      var number = decision.number
      if !decision.isRecorded {
        decisions.unrecordedCount += 1
        number = -decisions.unrecordedCount
      }
      decisions.byCall[number] = decision
      return number
    }
  }

  /// Has what was decided on a call later in place of the first decision.
  func replace(_ decision: ToolDecision, call: Int) {
    decisions.withLock { $0.byCall[call] = decision }
  }

  func decision(onCall call: Int) throws(Failure) -> ToolDecision {
    guard let decision = decisions.withLock({ $0.byCall[call] }) else {
      throw .invalid("the run \(escaped(run.id)) has no call \(call) that was decided on here")
    }
    return decision
  }
}
