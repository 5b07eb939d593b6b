internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioState
internal import SystemPackage

struct StateSetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: "Sets one value of a state.",
    discussion: """
      The value is the argument in UTF-8, or all bytes of a file or of standard input, at most 16 MiB. A space that is not there \
      is made. Setting a value that is there already changes nothing. What begins with a hyphen comes after two hyphens.

      Example:  intaglio state set audit memory profile --file profile.json
      """)

  @OptionGroup var space: SpaceArguments
  @OptionGroup var key: KeyArguments
  @Argument(help: "The value; - reads standard input.")
  var value: String?
  @Option(help: "A file whose bytes are the value.", completion: .file())
  var file: FilePath?

  func validate() throws {
    guard (value == nil) != (file == nil) else {
      throw ValidationError("give a value, - for standard input, or --file")
    }
    if let value { try checkText(value, "<value>", instead: "--file, or - for standard input") }
  }

  func run() throws {
    let key = try key.stateKey()
    let value = try bytes()
    try print(toOutput: space.named.set(key, to: value, self.key.keys.form) + "\n")
  }

  private func bytes() throws -> [UInt8] {
    if let file { return try ValueFile(file).bytes() }
    if value == "-" { return try ValueFile.standardInput.bytes() }
    return Array((value ?? "").utf8)
  }
}

extension NamedSpace {
  /// Sets a value, and says so.
  func set(
    _ key: StateKey, to value: [UInt8], _ form: KeyForm = .text
  ) throws -> String {
    try change { space in
      let before = space.version
      let receipt = try space.transaction { try $0.set(value, key.component, key.key) }
      try receipt.wait()
      let version = "\(escaped(name)) has version \(space.version)"
      return space.version == before
        ? "\(key.path(form)) has that value already; \(version)"
        : "set \(key.path(form)), \(counted(value.count, "byte")); \(version)"
    }
  }
}
