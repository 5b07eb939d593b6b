internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioVerifier

struct StreamsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "streams",
    abstract: "Lists the streams of a log, with how many records each has.",
    discussion: """
      Stream 0, `log`, is the log's own. With --json a line is {"name":…,"number":…,"recordCount":…}.

      Example:  intaglio streams audit
      """)

  @OptionGroup var log: LogArgument
  @Flag(help: "Write JSON, one object a line.")
  var json = false

  func run() throws {
    let streams = try log.reader().snapshot().streams()
    var output = Output()
    if json {
      for (stream, count) in streams {
        let object = JSON.object([
          .init("name", .string(stream.name)), .init("number", .integer(stream.number.rawValue)),
          .init("recordCount", .integer(count)),
        ])
        try output.write { object.appendLine(to: &$0) }
      }
    } else {
      for line in Self.table(streams) { try output.write(line: line) }
    }
    try output.flush()
  }

  /// The streams as lines for people: number, count, name.
  static func table(_ streams: [(stream: LogStream, count: Int)]) -> [String] {
    var rows = [("stream", "records", "name")]
    for (stream, count) in streams {
      rows.append((String(stream.number.rawValue), String(count), escaped(stream.name)))
    }
    let numberWidth = rows.map(\.0.count).max()!
    let countWidth = rows.map(\.1.count).max()!
    return rows.map { number, count, name in
      aligned(number, to: numberWidth) + "  " + aligned(count, to: countWidth) + "  " + name
    }
  }
}
