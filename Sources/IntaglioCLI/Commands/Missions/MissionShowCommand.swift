internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioHooks

struct MissionShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract:
      "Shows a mission: its runs, checkpoints, state, what its agents hold and what waits for people.",
    discussion: """
      Runs as `intaglio runs` lists them, the oldest first. A checkpoint's line has its number, its time, its label and the run \
      that made it; `automatic` ones the engine made of itself. The state is told by component, with how many keys each has: \
      `intaglio state list LOG --space mission/M` lists them. Capabilities stand by agent; `no limits` where the mission \
      restricts nobody. Tickets as `intaglio reviews` lists them.

      Example:  intaglio mission show audit desk-17
      """)

  @OptionGroup var argument: StoreArgument
  @Argument(
    help: ArgumentHelp(
      "The mission's name, as `intaglio missions` lists it.", valueName: "mission"))
  var name: String
  @Flag(help: "Write JSON, one object.")
  var json = false

  func run() throws {
    var output = Output()
    var isFound = false
    for part in try argument.reader().parts {
      guard let mission = try part.mission(name) else { continue }
      isFound = true
      if json {
        let object = try mission.wholeJSON()
        try output.write { object.appendLine(to: &$0) }
      } else {
        for line in try mission.lines() { try output.write(line: line) }
      }
    }
    guard isFound else {
      throw CommandError(
        "there is no mission \(name) in \(argument.store): `intaglio missions` lists them")
    }
    try output.flush()
  }
}
