internal import ArgumentParser
internal import IntaglioHooks

struct ApproveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "approve",
    abstract: "Approves a call that waits.",
    discussion: """
      An approval is for this one call with these arguments, once. While a program writes the log it takes the decision from \
      the log's inbox, within a second, and says what came of it; else the decision is written at once. Without --key the \
      decision is that of the user who gives it (`assurance: local`): anyone with the user's rights can, also the agent itself if it has a \
      shell. Policies that name approvers take only what their keys have signed.

      Example:  intaglio approve audit 9f2c41d07a66 --digest 7570aa31
      """)

  @OptionGroup var arguments: DecisionArguments

  func run() async throws { try await arguments.decide(.approve) }
}

struct RejectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reject",
    abstract: "Rejects a call that waits.",
    discussion: """
      One reject closes the ticket for good. It reaches the log as an approval does.

      Example:  intaglio reject audit 9f2c41d07a66 --digest 7570aa31 --reason "not this amount"
      """)

  @OptionGroup var arguments: DecisionArguments

  func run() async throws { try await arguments.decide(.reject) }
}
