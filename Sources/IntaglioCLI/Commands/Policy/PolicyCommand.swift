internal import ArgumentParser

struct PolicyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy",
    abstract: "Checks, explains and tests policies.",
    discussion: """
      A policy says what agents may do: rules that allow, ask or deny, and limits. It is written in YAML.

      Exit codes: 0 fine, 1 a mistake was found, 2 wrong arguments, 3 cannot read a file.

      Example:  intaglio policy check policy.yaml
      """,
    subcommands: [
      PolicyCheckCommand.self, PolicyExplainCommand.self, PolicyTestCommand.self,
      PolicyReplayCommand.self,
    ])
}
