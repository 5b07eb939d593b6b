internal import ArgumentParser
internal import IntaglioFormat
internal import IntaglioHooks

/// The commands about one ticket.
struct ReviewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "review",
    abstract: "Looks at one call that waits for people.",
    subcommands: [ReviewShowCommand.self])
}

struct ReviewShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Shows a ticket: the call whole, why it waits, and what its run did so far.",
    discussion: """
      The arguments are shown whole, with whatever a terminal could be deceived by escaped. `approve` and `reject` ask for the \
      beginning of their digest, so that nobody decides on what they have not looked at.

      Example:  intaglio review show audit 9f2c41d07a66
      """)

  @OptionGroup var argument: StoreArgument
  @OptionGroup var ticket: TicketArgument
  @Flag(help: "Write JSON, one object.")
  var json = false

  func run() throws {
    let file = try ticket.find(in: argument)
    var output = Output()
    if json {
      try output.write { file.json.appendLine(to: &$0) }
    } else {
      for line in try lines(file) { try output.write(line: line) }
    }
    try output.flush()
  }

  private func lines(_ file: TicketFile) throws -> [String] {
    let ticket = file.ticket
    let terms = ticket.terms
    var lines = [
      "ticket     \(ticket.id.hex)",
      "state      \(file.stateNow.rawValue)",
      "asked      \(ticket.time.iso8601(fractionDigitCount: 0))"
        + (terms.expirySeconds.map { ", expires \($0) s after" } ?? ""),
      "run        \(escaped(ticket.run))  mission \(escaped(ticket.mission))  call #\(ticket.call)",
      "tool       \(escaped(ticket.tool))",
      "arguments  \(file.argumentText())",
      "digest     \(ticket.argumentsDigest)",
      "policy     \(ticket.policy)",
      "why        \(escaped(ticket.reason))",
      "takes      "
        + (terms.approvers.isEmpty
          ? "the log's owner"
          : "\(terms.quorum) of " + terms.approvers.map(escaped).joined(separator: ", ")),
    ]
    for vote in ticket.votes {
      lines.append(
        "decided    \(vote.approves ? "approve" : "reject") by \(escaped(vote.identity))"
          + (vote.reason.isEmpty ? "" : ": " + escaped(vote.reason)))
    }
    lines += ["", "so far:"]
    return lines + (try RunShowCommand.lines(file.part, file.stream, ticket.run))
  }
}
