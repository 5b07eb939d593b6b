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
      hexadecimal digits. With --raw the payload's bytes are written as they were recorded, and nothing else.

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
    if let json = try? JSON.parse(record.payload) {
      json.appendIndented(to: &output)
    } else if let text = String(validating: record.payloadBytes, as: UTF8.self) {
      for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
        output.append(contentsOf: (escaped(String(line)) + "\n").utf8)
      }
    } else {
      appendHexadecimal(record.payloadBytes, to: &output)
    }
  }

  /// Sixteen bytes a line, with the offset of the first.
  private func appendHexadecimal(_ bytes: [UInt8], to output: inout [UInt8]) {
    for start in stride(from: 0, to: bytes.count, by: 16) {
      let offset = String(start, radix: 16)
      output.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: max(0, 8 - offset.count)))
      output.append(contentsOf: offset.utf8)
      output.append(UInt8(ascii: " "))
      for byte in bytes[start..<min(start + 16, bytes.count)] {
        output.append(contentsOf: (" " + [byte].hex).utf8)
      }
      output.append(UInt8(ascii: "\n"))
    }
  }
}
