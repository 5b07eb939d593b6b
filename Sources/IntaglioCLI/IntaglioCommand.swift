internal import ArgumentParser
internal import IntaglioFormat

/// The command `intaglio`: one subcommand a file, in `Commands`.
@main
struct IntaglioCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "intaglio",
    abstract: "Records what agents do, decides what they may do, and takes it back.",
    discussion: """
      Start with:  intaglio demo

      A log is a directory. Every record is chained to the one before by SHA-256.

      Exit codes: 0 done, 1 failed (verify: damaged), 2 wrong arguments, and of verify and \
      policy also 3 cannot read, of verify 4 torn tail. Errors are one line on standard error.
      """,
    version: "intaglio 0.1.0, file format \(Format.version)",
    subcommands: [
      InitCommand.self, RecordCommand.self, LogCommand.self, ShowCommand.self,
      StreamsCommand.self, StateCommand.self, CheckpointCommand.self, CheckpointsCommand.self,
      DiffCommand.self, RollbackCommand.self, HeadCommand.self, StatCommand.self,
      VerifyCommand.self, ExportCommand.self, RunsCommand.self, RunCommand.self,
      MissionsCommand.self, MissionCommand.self,
      ReviewsCommand.self, ReviewCommand.self, ApproveCommand.self, RejectCommand.self,
      KeyCommand.self, PolicyCommand.self, DemoCommand.self,
    ])

  static func main() async {
    // A reader that has had enough, as `head`, is seen by the answer EPIPE, and not by a signal.
    Signals.ignoreBrokenPipes()
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      Failure(error).exit()
    }
  }
}
