internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioVerifier
internal import SystemPackage

struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Makes a new log.",
    discussion: """
      DIRECTORY must not exist, or be empty. The origin is a name for people; it cannot be changed.

      Example:  intaglio init audit --origin example.com/agents
      """)

  @OptionGroup var log: LogArgument
  @Option(help: "A name for the log, 1 to 255 bytes (default: made of the log's id).")
  var origin: String?

  func run() throws {
    let new = try Log.create(at: log.directory, origin: origin)
    try new.close()
    try print(toOutput: Self.text(new) + "\n")
  }

  /// What is said of a new log.
  static func text(_ log: Log) -> String {
    "made log \(log.manifest.logID), origin \(escaped(log.manifest.origin))"
  }
}
