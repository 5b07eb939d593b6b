internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioHooks

struct PolicyReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Tells what a policy would have decided on the calls that a store has.",
    discussion: """
      Every recorded call is judged again, in the order of its log, with limits and taint as the policy would have counted \
      them. A line a call that would have been decided otherwise: its record, run, number and tool, what was decided, what would \
      have been, and by which rules. What the agent would have done instead nobody knows. Calls that were denied because the agent held \
      no capability for them are left out: no policy decides on those.

      Exit codes: 0 no call would have been decided otherwise, 1 some would, or the policy has a mistake, 2 wrong \
      arguments, 3 cannot read the policy.

      Example:  intaglio policy replay stricter.yaml audit
      """)

  @OptionGroup var policy: PolicyArgument
  @OptionGroup var argument: StoreArgument
  @Flag(help: "Write JSON, one object a line, for every call.")
  var json = false

  func run() throws {
    let policy = try self.policy.policy()
    var output = Output()
    var total = ReplayTotals()
    for part in try argument.reader().parts {
      var replay = PolicyReplay(policy)
      for result in part.snapshot.records(in: part.snapshot.sequences) {
        let record = try result.get()
        guard let event = try RecordedEvent(record),
          let outcome = replay.note(event, in: record.stream)
        else { continue }
        total.note(outcome)
        if json {
          try output.write { outcome.json(log: part.name).appendLine(to: &$0) }
        } else if outcome.isDifferent {
          try output.write(line: outcome.line(log: part.name))
        }
      }
    }
    if !json { for line in total.lines { try output.write(line: line) } }
    try output.flush()
    if total.differenceCount > 0 { throw ExitCode(1) }
  }
}

/// What came of all calls together.
private struct ReplayTotals {
  private var counts: [String: Int] = [:]
  private var byDecider: [String: Int] = [:]
  private(set) var callCount = 0
  private(set) var differenceCount = 0

  mutating func note(_ outcome: PolicyReplay.Outcome) {
    callCount += 1
    guard outcome.isDifferent else { return }
    differenceCount += 1
    counts[outcome.change, default: 0] += 1
    for decider in outcome.deciders { byDecider[decider, default: 0] += 1 }
  }

  var lines: [String] {
    var lines = [
      "\(counted(callCount, "call")), \(differenceCount) decided otherwise"
        + (counts.isEmpty
          ? ""
          : ": "
            + counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(
              separator: ", "))
    ]
    for (decider, count) in byDecider.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      lines.append(aligned(count, to: 8) + "  by \(escaped(decider))")
    }
    return lines
  }
}

extension PolicyReplay.Outcome {
  /// From what to what.
  fileprivate var change: String {
    "\(recorded.rawValue) -> \(replayed?.rawValue ?? "unknown")"
  }

  fileprivate func line(log: String) -> String {
    let place = (log.isEmpty ? "" : log + "/") + "\(sequence)"
    let by = deciders.isEmpty ? "default" : deciders.joined(separator: ", ")
    return [
      aligned(place, to: 8), escaped(run), "#\(number)", escaped(tool.description), change,
      replayed == nil ? escaped(reason) : "by " + escaped(by),
    ].joined(separator: "  ")
  }

  fileprivate func json(log: String) -> JSON {
    .object([
      .init("log", .string(log)), .init("sequence", .integer(sequence.rawValue)),
      .init("run", .string(run)), .init("call", .integer(number)),
      .init("tool", .string(tool.description)), .init("recorded", .string(recorded.rawValue)),
      .init("replayed", replayed.map { .string($0.rawValue) } ?? .null),
      .init("isDifferent", .bool(isDifferent)),
      .init("deciders", .array(deciders.map(JSON.string))), .init("reason", .string(reason)),
    ])
  }
}
