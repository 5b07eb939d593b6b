internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioHooks

struct MissionRollbackCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback",
    abstract: "Takes a mission back to a checkpoint.",
    discussion: """
      Context, memory and session of the mission are as they were; the log keeps all that happened. Denials, limits and what was used of \
      them stay. Open tickets, unused approvals and paused runs of the mission are voided. With --preview nothing is changed: \
      what would be, what would be voided, and every tool that has run since, with the kind of its effect. Refused while a run of the \
      mission is live, over effects that were declared irreversible, or what others have changed, unless --force, and where something outside \
      the log takes part, which only the program that has it can restore.

      Example:  intaglio mission rollback audit desk-17 "before call 7" --preview
      """)

  @OptionGroup var argument: StoreArgument
  @Argument(help: "The mission.")
  var mission: String
  @Argument(help: "The checkpoint's number or label; left out with --latest or --run.")
  var checkpoint: String?
  @Flag(help: "The newest checkpoint whose state differs from now.")
  var latest = false
  @Option(name: .customLong("run"), help: ArgumentHelp("Where this run began.", valueName: "run"))
  var startOfRun: String?
  @Flag(help: "Only say what would change.")
  var preview = false
  @Flag(
    help:
      "Go back also over effects that are declared irreversible, and over what others have changed."
  )
  var force = false
  @Option(help: ArgumentHelp("Why, up to 4,096 bytes.", valueName: "text"))
  var reason: String?
  @Option(
    help: ArgumentHelp(
      "Who does it, as a label (default: the name of the user).", valueName: "name"))
  var by: String?

  func validate() throws {
    guard [checkpoint != nil, latest, startOfRun != nil].count(where: { $0 }) == 1 else {
      throw ValidationError("give a checkpoint, or --latest, or --run")
    }
    if preview {
      guard reason == nil, by == nil, !force else {
        throw ValidationError("--preview changes nothing: leave out --reason, --by and --force")
      }
    } else if reason?.isEmpty != false {
      throw ValidationError("give --reason, or --preview to see what would change")
    }
  }

  func run() async throws {
    try await argument.changing(mission: mission) { governor in try await run(governor) }
  }

  private func run(_ governor: Governor) async throws {
    let target = try await target(governor)
    guard preview else {
      let done = try await governor.rollback(
        mission: mission, to: target, reason: reason ?? "", by: by ?? userName, isForced: force)
      return try print(lines: done.lines("rolled \(escaped(mission)) back to"))
    }
    try print(
      lines: try await governor.previewRollback(ofMission: mission, to: target).lines("to"))
  }

  private func target(_ governor: Governor) async throws -> Checkpoint {
    if let startOfRun { return try await governor.checkpoint(atStartOf: startOfRun).checkpoint }
    guard let checkpoint else {
      guard let latest = try await governor.latestCheckpoint(ofMission: mission) else {
        throw CommandError("no checkpoint of \(mission) differs from now")
      }
      return latest
    }
    if let number = UInt64(checkpoint) {
      let all = try await governor.checkpoints(ofMission: mission)
      guard let found = all.first(where: { $0.sequence.rawValue == number }) else {
        throw CommandError("the mission \(mission) has no checkpoint \(number)")
      }
      return found
    }
    return try await governor.checkpoint(ofMission: mission, labelled: checkpoint)
  }

  private func print(lines: [String]) throws {
    try IntaglioCLI.print(toOutput: lines.map { $0 + "\n" }.joined())
  }
}
