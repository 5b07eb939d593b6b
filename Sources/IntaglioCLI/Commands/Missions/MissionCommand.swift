internal import ArgumentParser

/// The commands about one mission.
struct MissionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mission",
    abstract: "Looks at one mission, and takes it back.",
    subcommands: [MissionShowCommand.self, MissionRollbackCommand.self])
}
