internal import ArgumentParser
internal import IntaglioFormat
internal import IntaglioHooks

struct MissionGrantCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grant",
    abstract: "Gives an agent of a mission a tool, or all that a pattern names.",
    discussion: """
      From a mission's first grant on its agents hold only what they were granted, whatever the policy allows; the policy still holds. \
      A rollback to a checkpoint from before takes a grant back. Refused while a program writes the log: it grants by itself.

      Example:  intaglio mission grant audit desk-17 billing "refund"
      """)

  @OptionGroup var arguments: CapabilityArguments

  func run() async throws {
    try await arguments.change { governor, by throws(GovernorError) in
      try await governor.grant(
        arguments.pattern, to: arguments.agent, inMission: arguments.mission, by: by)
    }
  }
}

struct MissionRevokeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke",
    abstract: "Takes from an agent of a mission what was granted.",
    discussion: """
      It stands until the same is granted again: no rollback and no program's next run brings it back. Calls of paused runs that it alone \
      covered are refused, and their tickets voided. Refused while a program writes the log: it revokes by itself.

      Example:  intaglio mission revoke audit desk-17 billing "refund"
      """)

  @OptionGroup var arguments: CapabilityArguments

  func run() async throws {
    try await arguments.change { governor, by throws(GovernorError) in
      try await governor.revoke(
        arguments.pattern, from: arguments.agent, inMission: arguments.mission, by: by)
    }
  }
}

/// What `grant` and `revoke` take.
struct CapabilityArguments: ParsableArguments {
  @OptionGroup var argument: StoreArgument
  @Argument(help: "The mission.")
  var mission: String
  @Argument(help: "The agent.")
  var agent: String
  @Argument(
    help: "The tools, as policies write them: refund, \"mcp:files/*\", handoff:billing, \"*:*\".")
  var pattern: String
  @Option(
    help: ArgumentHelp(
      "Who does it, as a label (default: the name of the user).", valueName: "name"))
  var by: String?

  /// Does `body`, and prints what the agent holds then.
  func change(
    _ body: (Governor, _ by: String) async throws(GovernorError) -> [String]
  ) async throws {
    try await argument.changing(mission: mission) { governor in
      let held = try await body(governor, by ?? userName)
      let list = held.isEmpty ? "nothing" : held.map(escaped).joined(separator: ", ")
      try print(toOutput: "\(escaped(agent)) of \(escaped(mission)) holds \(list)\n")
    }
  }
}
