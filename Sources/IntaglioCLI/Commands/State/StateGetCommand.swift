internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioState

struct StateGetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get",
    abstract: "Shows one value of a state.",
    discussion: """
      A value that is JSON is indented; other text has its control characters escaped; the rest is shown as \
      hexadecimal digits. With --raw the value's bytes are written as they were set, and nothing else. A component or key \
      that begins with a hyphen comes after two hyphens.

      Example:  intaglio state get audit memory city --raw
      """)

  @OptionGroup var space: SpaceArguments
  @OptionGroup var key: KeyArguments
  @Option(help: ArgumentHelp("A checkpoint's number or label.", valueName: "checkpoint"))
  var at: StateReference = .current
  @Flag(help: "Write the value's bytes only.")
  var raw = false

  func run() throws {
    let value = try space.named.value(of: key.stateKey(), at: at)
    var output = Output()
    try output.write { buffer in
      if raw { buffer.append(contentsOf: value) } else { append(readable: value, to: &buffer) }
    }
    try output.flush()
  }
}

extension NamedSpace {
  /// The value of `key` in the state that `reference` names.
  func value(of key: StateKey, at reference: StateReference = .current) throws -> [UInt8] {
    let view = try view().state(reference)
    guard let entry = try view.entry(key) else {
      throw CommandError(
        "the state of \(name) has no \(key.component)/\(key.messageText): `intaglio state list` lists what it has"
      )
    }
    return try view.value(of: entry)
  }
}
