internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioState

struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Lists the keys that two states of a space have differently.",
    discussion: """
      <a> and <b> are checkpoints, by number or label, or `current`. A line has what is different in <b>, the sizes of the \
      values in <a> and in <b>, component and key. With --json a line is {"change":…,"component":…,"key":…,"new":…,"old":…}, \
      where old and new are null or {"byteCount":…,"sequence":…}. The cost follows what differs.

      Example:  intaglio diff audit "before the booking" current
      """)

  @OptionGroup var space: SpaceArguments
  @Argument(help: "The state to start from: a number, a label, or current.")
  var a: StateReference
  @Argument(help: "The state to compare with it.")
  var b: StateReference
  @OptionGroup var keys: KeyFormArguments
  @Flag(help: "Write JSON, one object a line.")
  var json = false

  func run() throws {
    let view = try space.named.view()
    let (old, new) = (try view.state(a), try view.state(b))
    var output = Output()
    var isEmpty = true
    try old.forEachDifference(to: new) { difference in
      if isEmpty && !json { try output.write(line: Self.header) }
      isEmpty = false
      if json {
        try output.write { difference.json(keys.form).appendLine(to: &$0) }
      } else {
        try output.write(line: difference.line(keys.form))
      }
    }
    if isEmpty && !json { try output.write(line: Self.noDifference) }
    try output.flush()
  }

  /// What is said of states that are equal.
  static let noDifference = "no difference"
  private static let header = "change     before     after  component     key"
}

extension StateDifference {
  private var change: String {
    old == nil ? "added" : new == nil ? "removed" : "changed"
  }

  fileprivate func line(_ form: KeyForm) -> String {
    padded(change, to: 7) + "  " + size(old) + "  " + size(new) + "  "
      + padded(escaped(key.component), to: 12) + "  " + key.text(form)
  }

  private func size(_ entry: StateEntry?) -> String {
    entry.map { aligned($0.valueByteCount, to: 8) } ?? aligned("-", to: 8)
  }

  fileprivate func json(_ form: KeyForm) -> JSON {
    .object([
      .init("change", .string(change)), .init("component", .string(key.component)),
      key.member(form), .init("new", json(new)), .init("old", json(old)),
    ])
  }

  private func json(_ entry: StateEntry?) -> JSON {
    guard let entry else { return .null }
    return .object([
      .init("byteCount", .integer(entry.valueByteCount)),
      .init("sequence", .integer(entry.sequence.rawValue)),
    ])
  }
}
