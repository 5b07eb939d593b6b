internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat

struct CheckpointCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint",
    abstract: "Names a state as it is now, so that one can come back to it.",
    discussion: """
      A label has up to 255 bytes and need not be unique. It costs what was changed since the last checkpoint.

      Example:  intaglio checkpoint audit "before the booking"
      """)

  @OptionGroup var space: SpaceArguments
  @Argument(help: "What to call it.")
  var label: String

  func validate() throws {
    guard label.utf8.count <= Limits.labelByteCount else {
      throw ValidationError("a label has at most \(Limits.labelByteCount) bytes")
    }
  }

  func run() throws { try print(toOutput: space.named.checkpoint(label: label) + "\n") }
}

extension NamedSpace {
  /// Makes a checkpoint, and says so.
  func checkpoint(label: String) throws -> String {
    _ = try view()
    let checkpoint = try change { try $0.checkpoint(label: label) }
    return "checkpoint \(checkpoint.sequence) of \(escaped(name)), \(quoted(label)), has "
      + counted(checkpoint.count, "key")
  }
}
