internal import IntaglioFormat
package import Intaglio

/// A ticket with what its run's records say of the call.
package struct TicketFile: Sendable {
  package let ticket: Ticket
  package let part: StoreReader.Part
  /// The request, as it was recorded.
  package let request: RecordedEvent?
}

extension StoreReader.Part {
  /// The tickets that are open or approved, oldest first; with `all` also those that are closed.
  package func tickets(all: Bool = false) throws -> [TicketFile] {
    var files: [TicketFile] = []
    for (id, stream) in try all ? runs() : runsWithTickets() {
      files += try tickets(ofRun: id, stream).filter {
        all || $0.ticket.state == .open || $0.ticket.state == .approved
      }
    }
    return files.sorted { ($0.ticket.time, $0.ticket.call) < ($1.ticket.time, $1.ticket.call) }
  }

  private func runsWithTickets() throws -> [(id: String, stream: LogStream)] {
    guard let state = try snapshot.state(ofSpace: GovernorCore.spaceName) else { return [] }
    var ids: Set<String> = []
    for entry in try state.entries(in: GovernorCore.openTickets) {
      ids.insert(String(decoding: try state.value(of: try entry.get()), as: UTF8.self))
    }
    return try ids.sorted().compactMap { id in try run(id).map { (id, $0) } }
  }

  private func tickets(ofRun id: String, _ stream: LogStream) throws -> [TicketFile] {
    var ledger = TicketLedger(run: id)
    var requests: [Int: RecordedEvent] = [:]
    for result in snapshot.records(of: stream.number) {
      let record = try result.get()
      guard let event = try RecordedEvent(record) else { continue }
      ledger.note(event, chain: record.chain, in: stream)
      if event.kind == .toolRequest, let number = event.integer(Attribute.call) {
        requests[number] = event
      }
    }
    return ledger.tickets.map {
      TicketFile(ticket: $0, part: self, request: requests[$0.call])
    }
  }

  /// What the log has made of the vote that was left in the inbox as `name`: nil if it has not been looked at.
  package func answer(toInboxFile name: String, run: LogStream) throws -> Result<
    Void, ReviewRefusal
  >? {
    var streams = [run.number]
    if let governor = try snapshot.stream(named: GovernorCore.streamName) {
      streams.append(governor.number)
    }
    var refusal: ReviewRefusal?
    for stream in streams {
      for result in snapshot.recordsBackwards(of: stream) {
        guard let event = try RecordedEvent(try result.get()),
          event[Attribute.inbox]?.string == name
        else { continue }
        guard event.kind == .approvalRefused else { return .success(()) }
        // A file that a crash left behind is looked at twice, and refused the second time: what counted counts.
        refusal = refusal ?? ReviewRefusal(event[Attribute.reason]?.string ?? "it was refused")
      }
    }
    return refusal.map { .failure($0) }
  }
}

extension TicketFile {
  /// The stream of the ticket's run.
  package var stream: LogStream { ticket.stream }
}

extension RecordedEvent {
  /// The rules that a request for a review, or a decision, names.
  package var ruleNames: [String] { self[Attribute.rules]?.array?.compactMap(\.string) ?? [] }
}
