internal import ArgumentParser
internal import IntaglioFormat
internal import IntaglioHooks
internal import IntaglioStorage
internal import SystemPackage

/// The commands about approvers' keys.
struct KeyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key",
    abstract: "Makes keys for those who decide on reviews.",
    subcommands: [KeyGenerateCommand.self])
}

struct KeyGenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Makes an approver's key.",
    discussion: """
      The file keeps the private key, readable by its owner alone: keep it where no agent can read it. What is printed is the public \
      key, for `approvers` in a policy.

      Example:  intaglio key generate ~/.config/intaglio/ann.key
      """)

  @Argument(help: "The file to make; nothing may be there.", completion: .file())
  var file: FilePath

  func run() throws {
    let key = SigningKey()
    do throws(StorageError) {
      let file = try File(file, .createNew, in: SystemFileSystem())
      try file.write(Array(key.fileContents.utf8), at: 0)
      try file.synchronizeData()
    } catch {
      throw CommandError("\(error): choose a path where nothing is")
    }
    try print(toOutput: key.publicKey + "\n")
  }
}
