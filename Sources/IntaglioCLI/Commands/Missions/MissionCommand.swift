internal import ArgumentParser

/// The commands about one mission.
struct MissionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mission",
    abstract: "Looks at one mission, says what its agents may hold, and takes it back.",
    subcommands: [
      MissionShowCommand.self, MissionGrantCommand.self, MissionRevokeCommand.self,
      MissionRollbackCommand.self,
    ])
}
