internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioHooks

/// A ticket as somebody names it: the beginning of its name.
struct TicketArgument: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "The ticket's name, as `intaglio reviews` lists it, or its beginning.", valueName: "ticket"))
  var name: String

  private static let shortest = 6

  func validate() throws {
    guard name.utf8.count >= Self.shortest, name.utf8.count <= 64,
      name.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
    else {
      throw ValidationError(
        "a ticket is named by \(Self.shortest) to 64 hexadecimal digits in lower case")
    }
  }

  /// The one ticket of the store whose name begins so.
  func find(in argument: StoreArgument) throws -> TicketFile {
    var found: [TicketFile] = []
    for part in try argument.reader().parts {
      found += try part.tickets(all: true).filter { $0.ticket.id.hex.hasPrefix(name) }
    }
    guard let first = found.first else {
      throw CommandError(
        "there is no ticket \(name) in \(argument.store): `intaglio reviews` lists those that wait")
    }
    guard found.count == 1 else {
      throw CommandError(
        "\(found.count) tickets begin with \(name): \(found.map { String($0.ticket.id.hex.prefix(16)) }.joined(separator: ", "))"
      )
    }
    return first
  }
}

extension TicketFile {
  /// How far the ticket has come now; one whose time is over is expired, whether or not that was recorded.
  var stateNow: Ticket.State {
    ticket.state == .open && ticket.hasExpired ? .expired : ticket.state
  }

  /// The ticket as a line for people.
  var line: String {
    [
      String(ticket.id.hex.prefix(12)), padded(stateNow.rawValue, to: 8),
      ticket.time.iso8601(fractionDigitCount: 0), escaped(ticket.tool) + " " + argumentText(80),
      ticket.reason.isEmpty ? "" : "(" + escaped(ticket.reason) + ")",
    ].joined(separator: "  ")
  }

  /// The arguments on one line, safe to print.
  func argumentText(_ limit: Int? = nil) -> String {
    guard let arguments = request?[Attribute.toolArguments] else { return "" }
    let text = escaped(arguments.string ?? String(decoding: arguments.canonical, as: UTF8.self))
    guard let limit, text.unicodeScalars.count > limit else { return text }
    return String(text.unicodeScalars.prefix(limit)) + "…"
  }

  var json: JSON {
    let terms = ticket.terms
    return .object([
      .init("ticket", .string(ticket.id.hex)), .init("log", .string(part.name)),
      .init("state", .string(stateNow.rawValue)), .init("run", .string(ticket.run)),
      .init("mission", .string(ticket.mission)), .init("call", .integer(ticket.call)),
      .init("tool", .string(ticket.tool)),
      .init("arguments", request?[Attribute.toolArguments] ?? .null),
      .init("argumentsDigest", .string(ticket.argumentsDigest)),
      .init("policy", .string(ticket.policy)), .init("reason", .string(ticket.reason)),
      .init("time", .string(ticket.time.iso8601())),
      .init("approvers", .array(terms.approvers.map(JSON.string))),
      .init("quorum", .integer(terms.quorum)),
      .init("expiresAfterSeconds", terms.expirySeconds.map { .integer($0) } ?? .null),
      .init(
        "votes",
        .array(
          ticket.votes.map { vote in
            .object([
              .init("identity", .string(vote.identity)), .init("approves", .bool(vote.approves)),
              .init("reason", .string(vote.reason)),
            ])
          })),
    ])
  }
}
