internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioVerifier
internal import SystemPackage

struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Shows one record whole.",
    discussion: """
      A payload that is JSON is indented; other text has its control characters escaped; the rest is shown as \
      hexadecimal digits. Changes and nodes of a state are shown a line for each key. With --raw the payload's bytes are \
      written as they were recorded, and nothing else.

      Example:  intaglio show audit 42 --raw | sha256sum
      """)

  @OptionGroup var log: LogArgument
  @Argument(help: "The record's number.")
  var number: UInt64
  @Flag(help: "Write the payload's bytes only.")
  var raw = false

  func run() throws {
    let snapshot = try log.reader().snapshot()
    let record = try snapshot.record(at: SequenceNumber(number))
    var output = Output()
    if raw {
      guard !record.isErased else {
        throw CommandError("the payload of record \(number) of \(log.directory) was erased")
      }
      try output.write(record.payload)
    } else {
      var names = StreamNames()
      for line in fields(of: record, stream: try names.name(of: record.stream, in: snapshot)) {
        try output.write(line: line)
      }
      try output.write { append(record, to: &$0) }
    }
    try output.flush()
  }

  private func fields(of record: Record, stream: String) -> [String] {
    var payload = "\(record.payloadByteCount) bytes"
    if record.isSalted { payload += ", salted" }
    if record.isErased { payload += ", erased" }
    return [
      "record   \(record.sequence)",
      "time     \(record.time.iso8601())",
      "stream   \(escaped(stream))",
      "kind     \(record.kind)",
      "digest   \(record.contentDigest)",
      "chain    \(record.chain)",
      "payload  \(payload)",
      "",
    ]
  }

  private func append(_ record: Record, to output: inout [UInt8]) {
    guard !record.isErased else { return }
    guard let lines = record.stateLines else {
      return IntaglioCLI.append(readable: record.payloadBytes, to: &output)
    }
    for line in lines { output.append(contentsOf: (line + "\n").utf8) }
  }
}
