internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat

struct StateSpacesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spaces",
    abstract: "Lists the state spaces of a log.",
    discussion: """
      A line has the number of keys, the version, which is the last record that changed the state, and the name. With --json \
      a line is {"entryCount":…,"name":…,"version":…}.

      Example:  intaglio state spaces audit
      """)

  @OptionGroup var log: LogArgument
  @Flag(help: "Write JSON, one object a line.")
  var json = false

  func run() throws {
    let snapshot = try log.reader().snapshot()
    var output = Output()
    let names = try snapshot.stateSpaceNames()
    if !json { try output.write(line: names.isEmpty ? "no state spaces" : Self.header) }
    for name in names {
      guard let view = try snapshot.state(ofSpace: name) else { continue }
      let entryCount = try view.counts().values.reduce(0, +)
      if json {
        let object = JSON.object([
          .init("entryCount", .integer(entryCount)), .init("name", .string(name)),
          .init("version", .integer(view.version.rawValue)),
        ])
        try output.write { object.appendLine(to: &$0) }
      } else {
        try output.write(
          line: aligned(entryCount, to: 8) + "  " + aligned(view.version.rawValue, to: 8) + "  "
            + escaped(name))
      }
    }
    try output.flush()
  }

  private static let header = "    keys   version  name"
}
