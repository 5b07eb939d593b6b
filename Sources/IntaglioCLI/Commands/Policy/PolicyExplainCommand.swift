internal import ArgumentParser
internal import IntaglioFormat
internal import IntaglioHooks

struct PolicyExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Says what a policy decides about a call, and why.",
    discussion: """
      Every rule is shown with all that it looked at: whether it holds, fails, or errs, which is when it cannot be told. \
      Rules that deny or ask also apply when they err. Limits are shown with what the call takes of them; how much is \
      used up only a log knows.

      Exit codes: 0 explained, 1 a mistake is in the policy, 2 wrong arguments, 3 cannot read the file.

      Example:  intaglio policy explain policy.yaml --tool send_certificate --arguments '{"amount": 150}'
      """)

  @OptionGroup var file: PolicyArgument
  @Option(
    help: ArgumentHelp(
      "The tool: NAME for a function, or FAMILY:NAME, mcp:SERVER/NAME.", valueName: "tool"))
  var tool: ToolIdentity
  @Option(help: ArgumentHelp("The arguments as the model wrote them.", valueName: "json"))
  var arguments = "{}"
  @Option(help: ArgumentHelp("The name of the agent that calls.", valueName: "name"))
  var agent = ""
  @Flag(help: "The run has read what is not to be trusted.")
  var tainted = false
  @Flag(help: "Write JSON, one object.")
  var json = false

  func run() throws {
    let policy = try file.policy()
    let input = PolicyInput(
      tool: tool, agent: agent, argumentText: arguments, isTainted: tainted)
    let report = ExplanationReport(policy, input)
    var output = Output()
    try output.write { buffer in
      if json {
        report.json.appendIndented(to: &buffer)
      } else {
        for line in report.lines { buffer.append(contentsOf: (escaped(line) + "\n").utf8) }
      }
    }
    try output.flush()
  }
}
