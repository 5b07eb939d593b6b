import Intaglio
import IntaglioHooks
import IntaglioTestSupport
import SystemPackage

/// Runs agents in `runCount` tasks at once, and says of each body that it runs, before it does: "body RUN NUMBER".
func govern(at path: FilePath, runCount: Int, seed: UInt64) async throws {
  let policy = try Policy(
    json: Array(
      #"""
      {"version": 1, "default": "allow",
       "limits": [{"id": "all", "per": "log", "most": 1000000}],
       "rules": [{"id": "no", "when": {"tool": "wipe"}, "effect": "deny"}]}
      """#.utf8))
  var options = GovernorOptions(policy: policy)
  options.log.segmentByteCount = 64 << 10
  // A machine under load is no stalled disk.
  options.engineTimeout = .seconds(600)
  let governor = try await Governor.open(at: path, options: options)
  printLine("open \(governor.logPath.lastComponent?.string ?? "")")
  try await withThrowingTaskGroup(of: Void.self) { group in
    for number in 0..<runCount {
      group.addTask {
        var generator = SeededGenerator(seed: seed &+ UInt64(number))
        while true { try await governOnce(governor, &generator) }
      }
    }
    try await group.waitForAll()
  }
}

private func governOnce(_ governor: Governor, _ generator: inout SeededGenerator) async throws {
  var counts: [Int] = []
  for _ in 0..<Int.random(in: 1...4, using: &generator) {
    counts.append(Int.random(in: 1...3, using: &generator))
  }
  let mission = Int.random(in: 0...3, using: &generator)
  // Missions of a store belong to one log, and several of these programs may share one.
  let name = "\(governor.logPath.lastComponent?.string ?? "")-\(mission)"
  try await governor.run(agent: "agent", mission: name) { run in
    for (turn, count) in counts.enumerated() {
      try await run.modelRequested(ModelRequest(input: ["\"\(turn)\""]))
      var calls = (0..<count).map { ToolCall(function: "read", arguments: #"{"n":\#($0)}"#) }
      calls.append(ToolCall(function: "wipe", arguments: "{}"))
      let decisions = try await run.decide(calls)
      for decision in decisions where decision.effect == .allow {
        _ = try await run.perform(decision) { permit in
          printLine("body \(run.id) \(decision.number)")
          return .ok(try permit.arguments(for: decision.call.tool))
        }
      }
    }
  }
}
