import ArgumentParser
import Foundation
import Intaglio
import IntaglioHooks
import IntaglioPolicyFile
import SystemPackage
import IntaglioVerifier

/// Drives recorded runs of an agent through the gate: the calls that the policy allows "run" and give what the trace has.
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Drives a recorded trace through a governor.",
    discussion: """
      A line of the trace is one JSON object: run.start {run, agent}, message {role, content}, model.response {content, \
      tool_calls: [{id, name, arguments}]}, tool.end {call_id, result}, run.end.
      """)

  @Argument(help: "The trace, JSON Lines.") var trace: String
  @Option(help: "The policy.") var policy: String
  @Option(help: "The store to write.") var store: String
  @Option(help: "How many runs at once.") var tasks = 8

  func run() throws {
    let runs = try TraceRun.read(trace)
    let text = try Data(contentsOf: URL(filePath: policy))
    let options = GovernorOptions(policy: try PolicyFile.read(Array(text)))
    let count = tasks
    let path = store
    let (outcome, elapsed) = try blocking {
      let governor = try await Governor.open(at: .init(path), options: options)
      let start = nanoseconds()
      let outcome = try await Self.drive(runs, governor, taskCount: count)
      let elapsed = seconds(since: start)
      await governor.close()
      return (outcome, elapsed)
    }
    let events = try Self.eventCount(path)
    print(
      "\(runs.count) runs, \(outcome.values.reduce(0, +)) calls, \(events) events in \(String(format: "%.3f", elapsed)) s: \(Int(Double(events) / elapsed)) events/s, each call durable before its tool"
    )
    for (decider, number) in outcome.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      print(String(format: "%6d  ", number) + decider)
    }
    let report = try Verifier().verify(.init(path + "/0"))
    print(report.isFaultless ? "verify: clean, \(report.committedCount) records" : "\(report)")
  }

  private static func eventCount(_ path: String) throws -> Int {
    let snapshot = try LogReader.open(at: .init(path + "/0")).snapshot()
    var count = 0
    for record in snapshot.records(in: snapshot.sequences) {
      if EventKind(try record.get().kind) != nil { count += 1 }
    }
    return count
  }

  /// Runs all of them, `taskCount` at a time; gives how many calls each decider decided.
  private static func drive(
    _ runs: [TraceRun], _ governor: Governor, taskCount: Int
  ) async throws -> [String: Int] {
    try await withThrowingTaskGroup(of: [String: Int].self) { group in
      for number in 0..<taskCount {
        group.addTask {
          var total: [String: Int] = [:]
          for index in stride(from: number, to: runs.count, by: taskCount) {
            total.merge(try await runs[index].drive(governor), uniquingKeysWith: +)
          }
          return total
        }
      }
      return try await group.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    }
  }
}

/// One conversation of a trace.
struct TraceRun: Sendable {
  struct Call: Sendable {
    let id: String
    let name: String
    let arguments: String
    var result = ""
  }

  struct Turn: Sendable {
    var input: [String]
    var output: String
    var calls: [Call]
  }

  let id: String
  let agent: String
  var turns: [Turn] = []

  static func read(_ path: String) throws -> [TraceRun] {
    var runs: [TraceRun] = []
    var input: [String] = []
    for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
      guard let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      else { continue }
      func text(_ name: String) -> String { event[name] as? String ?? "" }
      switch event["type"] as? String {
      case "run.start":
        runs.append(TraceRun(id: text("run"), agent: text("agent")))
        input = []
      case "message": input.append(String(line))
      case "model.response":
        let calls = (event["tool_calls"] as? [[String: Any]] ?? []).map { call in
          Call(
            id: call["id"] as? String ?? "", name: call["name"] as? String ?? "",
            arguments: call["arguments"] as? String ?? "")
        }
        runs[runs.count - 1].turns.append(Turn(input: input, output: String(line), calls: calls))
        input.append(String(line))
      case "tool.end":
        input.append(String(line))
        let turn = runs[runs.count - 1].turns.count - 1
        let calls = runs[runs.count - 1].turns[turn].calls
        if let index = calls.firstIndex(where: { $0.id == text("call_id") }) {
          runs[runs.count - 1].turns[turn].calls[index].result = text("result")
        }
      default: break
      }
    }
    return runs
  }

  /// Lets a governed run do what the trace says; a call that is not allowed does not run, and the trace goes on.
  func drive(_ governor: Governor) async throws -> [String: Int] {
    var description = RunDescription(agent: agent)
    description.id = id
    return try await governor.run(description) { run in
      var total: [String: Int] = [:]
      for turn in turns {
        try await run.modelRequested(
          ModelRequest(model: "gpt-4o", provider: "openai", input: turn.input))
        try await run.modelResponded(ModelResponse(output: [turn.output], model: "gpt-4o"))
        let decisions = try await run.decide(
          turn.calls.map { ToolCall(function: $0.name, arguments: $0.arguments, id: $0.id) })
        for (decision, call) in zip(decisions, turn.calls) {
          let by = decision.deciders.isEmpty ? "default" : decision.deciders.joined(separator: ", ")
          total["\(decision.effect.rawValue) by \(by)", default: 0] += 1
          guard decision.effect == .allow else { continue }
          _ = try await run.perform(decision) { permit in
            _ = try permit.arguments(for: decision.call.tool)
            return .ok(call.result)
          }
        }
      }
      return total
    }
  }
}
