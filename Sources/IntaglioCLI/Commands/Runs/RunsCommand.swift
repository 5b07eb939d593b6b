internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioHooks

struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "Lists the runs of agents in a store.",
    discussion: """
      One line a run, in the order in which they began in each log: when, how long, how it ended, turns of the model, \
      calls with how many were denied (-) or sent to review (?), tokens in and out. A * says that the run read what is not trusted.

      Example:  intaglio runs audit
      """)

  @OptionGroup var argument: StoreArgument
  @Option(help: "Only the runs of this mission.")
  var mission: String?
  @Option(help: "Only the runs that this agent began.")
  var agent: String?
  @Flag(help: "Write JSON, one object a line.")
  var json = false

  func run() throws {
    var output = Output()
    for part in try argument.reader().parts {
      for (id, stream) in try part.runs() {
        var summary = RunSummary(id: id)
        try part.forEachEvent(of: stream) { summary.note($0) }
        guard mission.map({ $0 == summary.mission }) ?? true,
          agent.map({ $0 == summary.agent }) ?? true
        else { continue }
        if json {
          let object = summary.json(log: part.name)
          try output.write { object.appendLine(to: &$0) }
        } else {
          try output.write(line: summary.line)
        }
      }
    }
    try output.flush()
  }
}
