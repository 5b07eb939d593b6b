internal import Intaglio
internal import IntaglioFormat
internal import IntaglioState
internal import IntaglioStorage

extension GovernorCore {
  /// The component of the governor's state that names the tickets that are open or approved, each with its run.
  static let openTickets = "ticket"

  /// Now, by both clocks.
  var now: Moment {
    Moment(wall: clock.wall(), boot: clock.boot(), bootID: bootID)
  }

  /// Asks for a review of the call `number`: a record of its own, whose chain value names the ticket.
  func requestReview(
    _ number: Int, _ judgement: Judgement, _ run: RunState
  ) throws(GovernorError) -> Ticket {
    let terms = judgement.review
    let moment = now
    let state = run.calls[number]
    var event = event(.approvalRequested, run, number)
    event.set(Attribute.argumentsDigest, state.argumentsDigest)
    event.set(Attribute.policy, judgement.policy)
    event.set(Attribute.rules, .array(judgement.deciders.map(JSON.string)))
    event.set(Attribute.reason, judgement.reason.isEmpty ? nil : judgement.reason)
    event.set(Attribute.review, terms.eventJSON)
    event.set(Attribute.clock, moment.json)
    event.set(Attribute.aborts, if: state.abortsIfDenied)
    let receipt = try append(event, to: run.stream)
    let ticket = Ticket(
      id: receipt.chain, run: run.id, mission: run.missionName, call: number,
      tool: state.call.tool.description, argumentsDigest: state.argumentsDigest,
      policy: judgement.policy, reason: judgement.reason, terms: terms,
      time: Timestamp(nanoseconds: moment.wall), moment: moment, stream: run.stream)
    tickets[ticket.id.hex] = ticket
    run.calls[number].ticket = ticket.id.hex
    try change { transaction throws(LogError) in
      try transaction.set(Array(run.id.utf8), Self.openTickets, ticket.id.hex)
    }
    return ticket
  }

  /// Closes a ticket by `kind`, and tells who waits; `events` are recorded before it, in one batch.
  func close(
    _ ticket: Ticket, _ state: Ticket.State, _ kind: EventKind, reason: String = "",
    with events: [Event] = []
  ) throws(GovernorError) {
    var event = Event(kind)
    event.set(Attribute.ticket, ticket.id.hex)
    event.set(Attribute.call, ticket.call)
    event.set(Attribute.reason, reason.isEmpty ? nil : reason)
    try append(events + [event], to: ticket.stream)
    try forget(ticket)
    tell(ticket.id.hex, state)
  }

  /// Takes a ticket that nobody can use any more off the list.
  func forget(_ ticket: Ticket) throws(GovernorError) {
    tickets[ticket.id.hex] = nil
    if let run = runs[ticket.run], ticket.call < run.calls.count,
      run.calls[ticket.call].ticket == ticket.id.hex, run.calls[ticket.call].progress == .allowed
    {
      run.calls[ticket.call].progress = .refused
    }
    try change { transaction throws(LogError) in
      try transaction.remove(Self.openTickets, ticket.id.hex)
    }
  }

  /// Voids what is open or approved and not used of the tickets that `belongs` chooses.
  func voidTickets(
    because reason: String, _ belongs: (Ticket) -> Bool
  ) throws(GovernorError) {
    for ticket in tickets.values.filter(belongs).sorted(by: { $0.time < $1.time }) {
      try close(ticket, .voided, .approvalVoided, reason: reason)
    }
  }

  /// Closes what nobody decided in time, and what was approved and not used in time.
  func expireTickets() throws(GovernorError) {
    let now = now
    for ticket in tickets.values.filter({ $0.hasExpired(at: now) }) {
      try close(ticket, .expired, .approvalExpired)
    }
  }

  /// Reads the tickets that are not closed, from the records of their runs.
  func readTickets() throws(GovernorError) {
    var runs: Set<String> = []
    var listed: [[UInt8]] = []
    try governing { () throws(LogError) in
      let state = space.current
      for entry in try state.entries(in: Self.openTickets) {
        let entry = try entry.get()
        listed.append(entry.key.key)
        runs.insert(String(decoding: try state.value(of: entry), as: UTF8.self))
      }
      let snapshot = log.snapshot()
      for id in runs {
        guard let stream = try snapshot.stream(named: Self.streamName(ofRun: id)) else { continue }
        let ledger = try TicketLedger(run: id, snapshot, stream)
        for ticket in ledger.tickets where ticket.state == .open || ticket.state == .approved {
          tickets[ticket.id.hex] = ticket
        }
      }
    }
    // A crash may have come between a ticket's last record and its coming off the list.
    let closed = listed.filter { tickets[String(decoding: $0, as: UTF8.self)] == nil }
    guard !closed.isEmpty else { return }
    try change { transaction throws(LogError) in
      for key in closed { try transaction.remove(Self.openTickets, key) }
    }
  }

  /// Voids what a run that was interrupted had asked people, also what had not come onto the list.
  func voidTickets(ofInterrupted id: String, _ stream: LogStream) throws(GovernorError) {
    let ledger = try governing { () throws(LogError) in
      try TicketLedger(run: id, log.snapshot(), stream)
    }
    for ticket in ledger.tickets where ticket.state == .open || ticket.state == .approved {
      try close(ticket, .voided, .approvalVoided, reason: "its run is over")
    }
  }

  /// Tells the tasks that wait for a ticket what became of it.
  func tell(_ ticket: String, _ state: Ticket.State) {
    for waiter in waiters.removeValue(forKey: ticket) ?? [] { told.append((waiter, state)) }
  }
}
