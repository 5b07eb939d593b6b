internal import Intaglio
internal import IntaglioFormat

/// The tickets of one run, as its records tell them: nothing else says what a ticket is.
struct TicketLedger {
  private(set) var tickets: [Ticket] = []
  private let run: String
  private var mission = ""

  init(run: String) { self.run = run }

  /// The tickets of the run whose records are in `stream`.
  init(run: String, _ snapshot: Snapshot, _ stream: LogStream) throws(LogError) {
    self.init(run: run)
    for result in snapshot.records(of: stream.number) {
      let record = try result.get()
      if let event = try RecordedEvent(record) { note(event, chain: record.chain, in: stream) }
    }
  }

  /// Takes the next event of the run; `chain` is its record's.
  mutating func note(_ event: RecordedEvent, chain: Digest, in stream: LogStream) {
    switch event.kind {
    case .runStart: mission = event[Attribute.mission]?.string ?? run
    case .approvalRequested: open(event, chain, stream)
    case .approvalDecided: vote(event)
    case .approvalGranted: set(event, .approved)
    case .approvalRejected: set(event, .rejected)
    case .approvalExpired: set(event, .expired)
    case .approvalVoided: set(event, .voided)
    case .toolStart, .agentHandoff: set(event, .used)
    default: break
    }
  }

  private mutating func open(_ event: RecordedEvent, _ chain: Digest, _ stream: LogStream) {
    guard let moment = Moment(event[Attribute.clock]), let number = event.integer(Attribute.call)
    else { return }
    tickets.append(
      Ticket(
        id: chain, run: run, mission: mission, call: number,
        tool: event[Attribute.tool]?.string ?? "",
        argumentsDigest: event[Attribute.argumentsDigest]?.string ?? "",
        policy: event[Attribute.policy]?.string ?? "",
        reason: event[Attribute.reason]?.string ?? "",
        terms: ReviewTerms(event[Attribute.review]), time: event.time, moment: moment,
        stream: stream))
  }

  private mutating func vote(_ event: RecordedEvent) {
    guard let index = index(event) else { return }
    let identity = event[Attribute.identity]?.string ?? ""
    let approves = event[Attribute.decision]?.string == ReviewVote.Decision.approve.rawValue
    let expiry = event[Attribute.expires]?.string.flatMap { UInt64($0) }
    tickets[index].votes.append(
      Ticket.Vote(
        identity: identity, approves: approves, reason: event[Attribute.reason]?.string ?? "",
        expiry: expiry))
  }

  private mutating func set(_ event: RecordedEvent, _ state: Ticket.State) {
    if let index = index(event) { tickets[index].state = state }
  }

  private func index(_ event: RecordedEvent) -> Int? {
    guard let id = event[Attribute.ticket]?.string else { return nil }
    return tickets.firstIndex { $0.id.hex == id }
  }
}

extension ReviewTerms {
  /// The terms as an event has them.
  var eventJSON: JSON {
    var members: [JSON.Member] = [
      .init("mode", .string(mode.rawValue)), .init("quorum", .integer(quorum)),
    ]
    if !approvers.isEmpty { members.append(.init("approvers", .array(approvers.map(JSON.string)))) }
    if let expirySeconds { members.append(.init("expires", .integer(expirySeconds))) }
    return .object(members)
  }

  init(_ json: JSON?) {
    self.init()
    if let names = json?["approvers"]?.array { approvers = names.compactMap(\.string) }
    if let count = json?["quorum"]?.integer { quorum = Int(clamping: count) }
    if let seconds = json?["expires"]?.integer { expirySeconds = Int(clamping: seconds) }
    if let name = json?["mode"]?.string, let known = Mode(rawValue: name) { mode = known }
  }
}
