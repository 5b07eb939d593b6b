internal import ArgumentParser

/// The commands about one run.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Looks at one run of an agent.",
    subcommands: [RunShowCommand.self])
}
