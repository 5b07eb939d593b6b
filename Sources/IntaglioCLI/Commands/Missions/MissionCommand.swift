internal import ArgumentParser

/// The commands about one mission.
struct MissionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mission",
    abstract: "Looks at one mission of agents.",
    subcommands: [MissionShowCommand.self])
}
