internal import ArgumentParser
internal import IntaglioFormat
internal import IntaglioHooks

struct ReviewsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reviews",
    abstract: "Lists the calls that wait for people.",
    discussion: """
      One line a ticket, oldest first: its name, how far it has come, when it was asked for, the call, and why. Works while a \
      program writes the store.

      Example:  intaglio reviews audit
      """)

  @OptionGroup var argument: StoreArgument
  @Flag(help: "Also those that are closed: rejected, expired, voided, used.")
  var all = false
  @Flag(help: "Write JSON, one object a line.")
  var json = false

  func run() throws {
    var output = Output()
    for part in try argument.reader().parts {
      for file in try part.tickets(all: all) {
        if json {
          try output.write { file.json.appendLine(to: &$0) }
        } else {
          try output.write(line: file.line)
        }
      }
    }
    try output.flush()
  }
}
