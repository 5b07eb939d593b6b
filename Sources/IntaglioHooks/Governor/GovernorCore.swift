internal import Intaglio
internal import IntaglioFormat
internal import IntaglioStorage

/// What a governor knows: the log, the live runs and the counts of limits.
///
/// Only the one thread that leads touches it (see `GovernorThread`), so that between a check and what follows from it nothing else happens.
final class GovernorCore {
  let log: Log
  let otherLogs: OtherLogs
  /// Which runs are live, and what ended ones used of limits; never rolled back.
  let space: StateSpace
  /// The stream of what belongs to no run.
  let stream: LogStream
  var counters: LimitCounters
  var runs: [String: RunState] = [:]
  /// The names of policies whose text is in the log.
  var recordedPolicies: Set<String> = []
  /// The tickets that are open, or approved and not used, by their names.
  var tickets: [String: Ticket] = [:]
  /// The names of what outside the log takes part in rollbacks.
  var participants: Set<String> = []
  /// The missions whose rollbacks go on in this process now.
  var rollbacksUnderWay: Set<String> = []
  /// The tasks that wait for a ticket, by its name.
  var waiters: [String: [Answer<Ticket.State>]] = [:]
  /// Those that are to hear of their ticket when what became of it is synced.
  var told: [(Answer<Ticket.State>, Ticket.State)] = []
  let inbox: Inbox
  let clock: SystemClock
  let bootID: String
  /// The user whose log it is.
  let owner: UInt32
  /// Whether it was recorded that the inbox cannot be read.
  var hasComplained = false
  /// The policies that records name, by digest.
  var policies: [String: Policy] = [:]
  /// Missions that were looked for in the other logs of the store, and are not there.
  var knownMissions: Set<String> = []
  private var newest: Receipt?

  static let spaceName = "governor"
  static let streamName = "governor"
  /// The component of the governor's state that has the live runs.
  static let liveRuns = "run"

  init(
    _ log: Log, in store: StoreDirectory, _ surroundings: Surroundings
  ) throws(GovernorError) {
    inbox = Inbox(ofLog: log.path, in: surroundings.system)
    clock = surroundings.clock
    bootID = surroundings.bootID.hex
    owner = try StoreDirectory(log.path, in: surroundings.system).owner()
    otherLogs = OtherLogs(of: store, besides: log.path)
    self.log = log
    (space, stream) = try governing { () throws(LogError) in
      (try log.stateSpace(named: Self.spaceName), try log.stream(named: Self.streamName))
    }
    counters = LimitCounters(space: space)
    try readTickets()
    try reopen()
    try finishRollbacksWithoutParticipants()
  }

  /// Appends one event, whose receipt has its chain value.
  func append(_ event: Event, to stream: LogStream) throws(GovernorError) -> Receipt {
    let receipt = try governing { () throws(LogError) in
      try log.append(event.payload, to: stream, kind: event.kind.recordKind, salted: true)
    }
    newest = receipt
    return receipt
  }

  /// Appends `events` to `stream` as one atomic batch.
  func append(_ events: [Event], to stream: LogStream) throws(GovernorError) {
    guard !events.isEmpty else { return }
    let receipt = try governing { () throws(LogError) in
      var batch = log.batch()
      for event in events {
        try batch.append(
          event.payload, to: stream, kind: event.kind.recordKind, salted: true)
      }
      return try log.append(batch)
    }
    note(receipt)
  }

  /// Changes the governor's own state.
  func change(
    _ body: (inout StateTransaction) throws(LogError) -> Void
  ) throws(GovernorError) {
    note(try governingAny { try space.transaction(body) })
  }

  /// Notes what was appended, so that `synchronize` waits for it.
  func note(_ receipt: Receipt) {
    // A change that changes nothing gives the receipt of an older one. What the log shows is no measure: the committer may
    // have written these records already, and not have synced them.
    if receipt.sequences.upperBound > newest?.sequences.upperBound ?? .zero { newest = receipt }
  }

  /// Behind all records so far, also those of processes before; what is reserved from now on stands there or later.
  var end: SequenceNumber {
    max(newest?.sequences.upperBound ?? .zero, SequenceNumber(log.snapshot().count))
  }

  /// Waits until everything appended is as safe as the log makes it; gives why it is not.
  func synchronize() -> GovernorError? {
    do throws(LogError) {
      try newest?.wait()
      return nil
    } catch {
      return GovernorError(
        .engine,
        "what was asked for could not be recorded, so it may not be done: \(error.message)",
        cause: error)
    }
  }

  /// The live run `id`.
  func run(_ id: String) throws(GovernorError) -> RunState {
    guard let run = runs[id] else {
      throw GovernorError(.runOver, "the run \(escaped(id)) is over: start another")
    }
    return run
  }

  /// Ends what is live as interrupted, and closes the log.
  func close() {
    for run in runs.values.sorted(by: { $0.id < $1.id }) {
      // If it cannot be recorded now, the next opening records it.
      try? end(run, Event(.runOrphaned))
    }
    try? log.close()
    // Nobody will hear of a decision here any more: whoever waits for one asks again when the store is open.
    for (answer, _) in told { answer.giveUp(GovernorThread.closed) }
    for answer in waiters.values.joined() { answer.giveUp(GovernorThread.closed) }
  }
}
