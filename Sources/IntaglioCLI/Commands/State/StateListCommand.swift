internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioState

struct StateListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Lists the keys of a state, and the size of each value.",
    discussion: """
      A line has the record that holds the value, the value's size, component and key. A key that is not text is shown as \
      digits behind 0x. With --json a line is {"byteCount":…,"component":…,"key":…,"sequence":…}, with keyHex in place \
      of key if the key is not text or --hex is given.

      Example:  intaglio state list audit --component memory --at "before the booking"
      """)

  @OptionGroup var space: SpaceArguments
  @Option(help: ArgumentHelp("Only keys of this component.", valueName: "name"))
  var component: String?
  @Option(help: ArgumentHelp("A checkpoint's number or label.", valueName: "checkpoint"))
  var at: StateReference = .current
  @OptionGroup var keys: KeyFormArguments
  @Flag(help: "Write JSON, one object a line.")
  var json = false

  func validate() throws {
    if let component, StateKey(component: component, key: [0]) == nil {
      throw ValidationError("a component has 1 to 64 printable ASCII characters")
    }
  }

  func run() throws {
    let view = try space.named.view().state(at)
    var output = Output()
    var isEmpty = true
    for result in try view.entries(in: component) {
      guard case .success(let entry) = result else {
        // What was read before the error is shown in any case.
        try output.flush()
        _ = try result.get()
        return
      }
      if isEmpty && !json { try output.write(line: Self.header) }
      isEmpty = false
      if json {
        try output.write { entry.json(keys.form).appendLine(to: &$0) }
      } else {
        try output.write(line: entry.line(keys.form))
      }
    }
    if isEmpty && !json { try output.write(line: "no keys") }
    try output.flush()
  }

  private static let header = "sequence     bytes  component     key"
}

extension StateEntry {
  fileprivate func line(_ form: KeyForm) -> String {
    aligned(sequence.rawValue, to: 8) + "  " + aligned(valueByteCount, to: 8) + "  "
      + padded(escaped(key.component), to: 12) + "  " + key.text(form)
  }

  fileprivate func json(_ form: KeyForm) -> JSON {
    .object([
      .init("byteCount", .integer(valueByteCount)), .init("component", .string(key.component)),
      key.member(form), .init("sequence", .integer(sequence.rawValue)),
    ])
  }
}
