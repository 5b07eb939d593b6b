internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioHooks

struct RunShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Shows what happened in one run, as a timeline.",
    discussion: """
      Times are counted from the run's start. A call's line has its number, its tool and arguments, what was decided and by \
      what; below it how long the tool ran and what it gave. Long texts are cut; --whole shows all of them, and --json \
      each event as it was recorded.

      Example:  intaglio run show audit run-3f1c52aa90b1c4d7
      """)

  @OptionGroup var argument: StoreArgument
  @Argument(help: ArgumentHelp("The run's name, as `intaglio runs` lists it.", valueName: "run"))
  var id: String
  @Flag(help: "Write JSON, one event a line.")
  var json = false
  @Flag(help: "Cut no text.")
  var whole = false

  func run() throws {
    var output = Output()
    var isFound = false
    for part in try argument.reader().parts {
      guard let stream = try part.run(id) else { continue }
      isFound = true
      if json {
        try part.forEachEvent(of: stream) { event in
          try output.write { event.json(log: part.name).appendLine(to: &$0) }
        }
      } else {
        for line in try Self.lines(part, stream, id, isWhole: whole) {
          try output.write(line: line)
        }
      }
    }
    guard isFound else {
      throw CommandError(
        "there is no run \(id) in \(argument.store): `intaglio runs` lists them")
    }
    try output.flush()
  }

  /// The run as lines for people.
  static func lines(
    _ part: StoreReader.Part, _ stream: LogStream, _ id: String, isWhole: Bool = false
  ) throws -> [String] {
    var timeline = Timeline(isWhole: isWhole)
    var summary = RunSummary(id: id)
    try part.forEachEvent(of: stream) { event in
      summary.note(event)
      timeline.note(event)
    }
    return [summary.title] + timeline.lines + [summary.conclusion]
  }
}
