internal import Intaglio
internal import IntaglioFormat

/// Where a vote came from, as the system says it and not the vote itself.
struct VoteOrigin: Sendable {
  /// The number of the user whose file, or whose command, it is.
  let user: UInt32
  /// The name of the file in the inbox; nil for a command that writes the log itself.
  var file: String?
}

extension GovernorCore {
  /// Takes a vote: records it, and what becomes of its ticket; or records why it does not count.
  func take(
    _ vote: ReviewVote, from origin: VoteOrigin
  ) throws(GovernorError) -> Result<ReviewOutcome, ReviewRefusal> {
    try expireTickets()
    guard let ticket = tickets[vote.ticket] else {
      return try refuse(vote, origin, nil, try whyUnknown(vote.ticket))
    }
    let identity: String
    switch identify(vote, origin, ticket) {
    case .success(let known): identity = known
    case .failure(let refusal): return try refuse(vote, origin, ticket, refusal)
    }
    guard !ticket.votes.contains(where: { $0.identity == identity }) else {
      return try refuse(
        vote, origin, ticket, ReviewRefusal("\(identity) has decided on this ticket before"))
    }
    if let expiry = vote.expiry, expiry <= now.wall {
      return try refuse(vote, origin, ticket, ReviewRefusal("the decision itself has expired"))
    }
    guard ticket.state == .open else {
      return try refuse(
        vote, origin, ticket, ReviewRefusal("the ticket is \(ticket.state.rawValue) already"))
    }
    return .success(try count(vote, identity, ticket, as: event(vote, origin, identity)))
  }

  /// Why a ticket is not among those that wait.
  private func whyUnknown(_ id: String) throws(GovernorError) -> ReviewRefusal {
    ReviewRefusal(
      "no open ticket of this log has that name: it was never asked for here, or was rejected, used, voided, or has expired"
    )
  }

  /// Whose decision it is; a name that somebody gave themselves proves nothing.
  private func identify(
    _ vote: ReviewVote, _ origin: VoteOrigin, _ ticket: Ticket
  ) -> Result<String, ReviewRefusal> {
    guard let signature = vote.signature else {
      guard ticket.terms.approvers.isEmpty, ticket.terms.quorum == 1 else {
        return .failure(
          ReviewRefusal(
            "it takes a key of \(ticket.terms.approvers.joined(separator: ", ")): sign with --key"))
      }
      guard origin.user == owner else {
        return .failure(
          ReviewRefusal("the user \(origin.user) is not the log's owner, \(owner)"))
      }
      return .success("uid:\(origin.user)")
    }
    let listed = ticket.terms.approvers
    guard listed.isEmpty || listed.contains(signature.approver),
      let approver = approver(signature.approver, policy: ticket.policy)
    else {
      return .failure(
        ReviewRefusal("\(escaped(signature.approver)) is no approver of this ticket"))
    }
    guard approver.hasSigned(vote, log: log.manifest.logID) else {
      return .failure(
        ReviewRefusal(
          "the signature is not \(escaped(signature.approver))'s for this decision in this log"))
    }
    return .success("key:\(signature.approver)")
  }

  private func approver(_ name: String, policy digest: String) -> Approver? {
    policy(named: digest)?.approvers.first { $0.name == name }
  }

  private func event(_ vote: ReviewVote, _ origin: VoteOrigin, _ identity: String) -> Event {
    var event = Event(.approvalDecided)
    event.set(Attribute.ticket, vote.ticket)
    event.set(Attribute.decision, vote.decision.rawValue)
    event.set(Attribute.identity, identity)
    event.set(Attribute.assurance, vote.signature == nil ? "local" : "key")
    event.set(Attribute.signature, vote.signature?.base64)
    event.set(Attribute.reason, vote.reason.isEmpty ? nil : vote.reason)
    event.set(Attribute.by, vote.label.isEmpty ? nil : vote.label)
    event.set(Attribute.expires, vote.expiry.map { String($0) })
    event.set(Attribute.inbox, origin.file)
    return event
  }

  /// Counts a vote: its record and what becomes of the ticket are one batch, so that no crash leaves a vote that decided nothing
  /// and cannot be given again.
  private func count(
    _ vote: ReviewVote, _ identity: String, _ ticket: Ticket, as decided: Event
  ) throws(GovernorError) -> ReviewOutcome {
    var ticket = ticket
    ticket.votes.append(
      Ticket.Vote(
        identity: identity, approves: vote.decision == .approve, reason: vote.reason,
        expiry: vote.expiry))
    if vote.decision == .reject {
      try close(ticket, .rejected, .approvalRejected, reason: vote.reason, with: [decided])
      return .rejected
    }
    guard ticket.approvalCount >= ticket.terms.quorum else {
      try append([decided], to: ticket.stream)
      tickets[ticket.id.hex] = ticket
      return .counted(approvals: ticket.approvalCount, of: ticket.terms.quorum)
    }
    var event = Event(.approvalGranted)
    event.set(Attribute.ticket, ticket.id.hex)
    event.set(Attribute.call, ticket.call)
    try append([decided, event], to: ticket.stream)
    ticket.state = .approved
    tickets[ticket.id.hex] = ticket
    tell(ticket.id.hex, .approved)
    return .approved
  }

  /// Records that a decision, or a use, does not count.
  private func refuse(
    _ vote: ReviewVote, _ origin: VoteOrigin, _ ticket: Ticket?, _ refusal: ReviewRefusal
  ) throws(GovernorError) -> Result<ReviewOutcome, ReviewRefusal> {
    try recordRefusal(
      refusal, ticket: vote.ticket, origin, stream: ticket?.stream ?? stream,
      decision: vote.decision.rawValue)
    return .failure(refusal)
  }

  func recordRefusal(
    _ refusal: ReviewRefusal, ticket: String?, _ origin: VoteOrigin?, stream: LogStream,
    decision: String? = nil
  ) throws(GovernorError) {
    var event = Event(.approvalRefused)
    event.set(Attribute.ticket, ticket)
    event.set(Attribute.decision, decision)
    event.set(Attribute.identity, origin.map { "uid:\($0.user)" })
    event.set(Attribute.inbox, origin?.file)
    event.set(Attribute.reason, refusal.message)
    try append([event], to: stream)
  }
}
