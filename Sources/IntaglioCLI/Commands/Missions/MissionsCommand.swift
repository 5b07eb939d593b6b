internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioHooks

struct MissionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "missions",
    abstract: "Lists the missions in a store: the states that agents work on.",
    discussion: """
      One line a mission, in the order in which they began in each log: its name, its log, runs, when something of it was last \
      recorded, checkpoints, how many calls wait for people, and its runs that are live or paused. Works while a program \
      writes the store.

      Example:  intaglio missions audit
      """)

  @OptionGroup var argument: StoreArgument
  @Flag(help: "Write JSON, one object a line.")
  var json = false

  func run() throws {
    var output = Output()
    for part in try argument.reader().parts {
      for mission in try part.missions() {
        if json {
          try output.write { mission.json.appendLine(to: &$0) }
        } else {
          try output.write(line: mission.line)
        }
      }
    }
    try output.flush()
  }
}
