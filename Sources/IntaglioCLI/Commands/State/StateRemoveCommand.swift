internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioState

struct StateRemoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Removes one value from a state.",
    discussion: """
      Checkpoints that have the value keep it, and so does the log. What begins with a hyphen comes after two hyphens.

      Example:  intaglio state remove audit memory city
      """)

  @OptionGroup var space: SpaceArguments
  @OptionGroup var key: KeyArguments

  func run() throws {
    try print(toOutput: space.named.remove(key.stateKey(), key.keys.form) + "\n")
  }
}

extension NamedSpace {
  /// Removes a value, and says so.
  func remove(_ key: StateKey, _ form: KeyForm) throws -> String {
    guard try view().entry(key) != nil else {
      throw CommandError(
        "the state of \(name) has no \(key.component)/\(key.messageText): nothing was changed")
    }
    return try change { space in
      try space.transaction { try $0.remove(key.component, key.key) }.wait()
      return "removed \(key.path(form)); \(escaped(name)) has version \(space.version)"
    }
  }
}
