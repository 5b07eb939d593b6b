internal import ArgumentParser
internal import IntaglioFormat
internal import IntaglioHooks
internal import IntaglioPolicyFile
internal import SystemPackage

struct PolicyTestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Decides cases by a policy and says which come out otherwise than expected.",
    discussion: """
      The cases are a list in YAML. Each has a tool, arguments (a map, or a text as the model would write it; {} if \
      they are left out), the effect that is expected, and perhaps a name, an agent, tainted: true, and the rules that \
      are expected to apply, all of them:

        - name: a large certificate is looked at
          tool: send_certificate
          arguments: {amount: 150}
          expect: review
          rules: [big-certificates]

      Exit codes: 0 all as expected, 1 a case or the text of a file is not, 2 wrong arguments, 3 cannot read a file.

      Example:  intaglio policy test policy.yaml cases.yaml
      """)

  @OptionGroup var file: PolicyArgument
  @Argument(help: ArgumentHelp("The cases, in YAML or JSON.", valueName: "cases"))
  var cases: FilePath

  func run() throws {
    let policy = try file.policy()
    let bytes = try PolicyText(cases).bytes()
    let list: [PolicyCase]
    do throws(PolicyError) { list = try PolicyCase.list(PolicyFile.node(bytes)) } catch {
      throw CommandError(error.located(in: cases))
    }
    var output = Output()
    var failureCount = 0
    for policyCase in list {
      guard let difference = policyCase.difference(under: policy) else { continue }
      failureCount += 1
      try output.write(
        line: escaped("\(cases):\(policyCase.line): \(policyCase.name): \(difference)"))
    }
    let verdict = failureCount == 0 ? "all as expected" : "\(failureCount) not as expected"
    try output.write(line: "\(list.count) case\(list.count == 1 ? "" : "s"), \(verdict)")
    try output.flush()
    if failureCount > 0 { throw ExitCode(1) }
  }
}
