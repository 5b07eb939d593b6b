internal import ArgumentParser
internal import IntaglioFormat
internal import IntaglioHooks
internal import SystemPackage

struct PolicyCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Reads a policy and says whether it is one.",
    discussion: """
      The first mistake is named by its line and column. With --canonical the policy is written in the form that its \
      digest is over: JSON, one line, with defaults left out.

      Exit codes: 0 fine, 1 a mistake was found, 2 wrong arguments, 3 cannot read the file.

      Example:  intaglio policy check policy.yaml
      """)

  @OptionGroup var file: PolicyArgument
  @Flag(help: "Write the policy as canonical JSON.")
  var canonical = false

  func run() throws {
    let policy = try file.policy()
    var output = Output()
    if canonical {
      try output.write { buffer in
        append(json: policy.canonicalJSON, to: &buffer)
        buffer.append(UInt8(ascii: "\n"))
      }
    } else {
      try output.write(line: "\(policy.summary)")
      try output.write(line: "digest \(policy.digest)")
    }
    try output.flush()
  }
}

extension Policy {
  /// What is in it, in one line.
  fileprivate var summary: String {
    let counts = [
      (rules.count, "rule"), (limits.count, "limit"), (redactions.count, "redaction"),
      (approvers.count, "approver"),
    ]
    let parts = counts.map { count, word in "\(count) \(word)\(count == 1 ? "" : "s")" }
    return "default \(defaultEffect.rawValue), " + parts.joined(separator: ", ")
  }
}
