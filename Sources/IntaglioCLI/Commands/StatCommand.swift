internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioVerifier

struct StatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stat",
    abstract: "Shows the size of a log, and who it is.",
    discussion: """
      Segment files are made ahead, so they take more of the disk than is used of them. Bytes a record are those used by \
      records, headers and the ends of full segments, divided by the number of records.

      Example:  intaglio stat audit --json
      """)

  @OptionGroup var log: LogArgument
  @Flag(help: "Write JSON, one object.")
  var json = false

  func run() throws {
    let statistics = try Statistics(log.reader())
    var output = Output()
    if json {
      try output.write { statistics.json.appendLine(to: &$0) }
    } else {
      for line in statistics.lines { try output.write(line: line) }
    }
    try output.flush()
  }
}

extension Statistics {
  fileprivate var lines: [String] {
    var lines = [
      "log           \(manifest.logID)",
      "origin        \(escaped(manifest.origin))",
      "records       \(recordCount) in \(streamCount) \(streamCount == 1 ? "stream" : "streams")"
        + " and the log's own",
      "segments      \(segmentCount), of \(segmentByteCount) bytes, \(usedByteCount) used;"
        + " indexes \(indexByteCount) bytes",
    ]
    if let bytesPerRecord { lines.append("bytes/record  \(bytesPerRecord)") }
    if let times {
      lines.append("first         \(times.first.iso8601())")
      lines.append("last          \(times.last.iso8601())")
    }
    if let head { lines.append("head          \(head)") }
    lines.append("writer        \(isBeingWritten ? "a process has it open" : "none")")
    return lines
  }

  fileprivate var json: JSON {
    .object([
      .init("bytesPerRecord", bytesPerRecord.map { .integer($0) } ?? .null),
      .init("firstTime", times.map { .string($0.first.iso8601()) } ?? .null),
      .init("head", head.map { .string($0) } ?? .null),
      .init("indexByteCount", .integer(indexByteCount)),
      .init("isBeingWritten", .bool(isBeingWritten)),
      .init("lastTime", times.map { .string($0.last.iso8601()) } ?? .null),
      .init("log", .string(manifest.logID.description)),
      .init("origin", .string(manifest.origin)),
      .init("recordCount", .integer(recordCount)),
      .init("segmentByteCount", .integer(segmentByteCount)),
      .init("segmentCount", .integer(segmentCount)),
      .init("streamCount", .integer(streamCount)),
      .init("usedByteCount", .integer(usedByteCount)),
    ])
  }
}
