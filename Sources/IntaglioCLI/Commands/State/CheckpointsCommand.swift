internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat

struct CheckpointsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoints",
    abstract: "Lists the checkpoints of a state, the newest last.",
    discussion: """
      A line has the checkpoint's number, its time, the label in quotation marks, or `automatic` if the engine made it of \
      itself, how many keys each component has, and how the root begins: equal states of one space have equal roots. \
      With --json a line has the members automatic, counts, label, previous (the checkpoint before), root, sequence, time \
      and version (the last record that had changed the state).

      Example:  intaglio checkpoints audit --last 10
      """)

  @OptionGroup var space: SpaceArguments
  @Option(help: ArgumentHelp("Only the last <n> checkpoints.", valueName: "n"))
  var last: Int?
  @Flag(help: "Write JSON, one object a line.")
  var json = false

  func validate() throws {
    if let last, last < 0 { throw ValidationError("--last is a count: 0 or more") }
  }

  func run() throws {
    var checkpoints: [Checkpoint] = []
    for result in try space.named.view().checkpoints.prefix(last ?? .max) {
      checkpoints.append(try result.get())
    }
    var output = Output()
    if checkpoints.isEmpty && !json { try output.write(line: "no checkpoints") }
    for checkpoint in checkpoints.reversed() {
      if json {
        try output.write { checkpoint.json.appendLine(to: &$0) }
      } else {
        try output.write(line: checkpoint.line)
      }
    }
    try output.flush()
  }
}

extension Checkpoint {
  /// How many digits of the root are shown to people.
  private static let rootDigitCount = 12

  /// What it is called: no label can pass for `automatic`.
  var title: String { isAutomatic ? "automatic" : quoted(label) }

  fileprivate var line: String {
    let keys = counts.sorted { $0.key < $1.key }.map { "\(escaped($0.key)) \($0.value)" }
    return aligned(sequence.rawValue, to: 8) + "  " + time.iso8601(fractionDigitCount: 3) + "  "
      + padded(title, to: 20) + "  " + (keys.isEmpty ? "empty" : keys.joined(separator: ", "))
      + "  " + root.hex.prefix(Self.rootDigitCount) + "…"
  }

  fileprivate var json: JSON {
    .object([
      .init("automatic", .bool(isAutomatic)),
      .init(
        "counts",
        .object(counts.sorted { $0.key < $1.key }.map { .init($0.key, .integer($0.value)) })),
      .init("label", .string(label)),
      .init("previous", previous.map { .integer($0.rawValue) } ?? .null),
      .init("root", .string(root.hex)), .init("sequence", .integer(sequence.rawValue)),
      .init("time", .string(time.iso8601())), .init("version", .integer(version.rawValue)),
    ])
  }
}
