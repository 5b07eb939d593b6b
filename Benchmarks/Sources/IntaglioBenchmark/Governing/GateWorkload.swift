import Intaglio
import IntaglioHooks
import IntaglioPolicyFile
import SystemPackage
import Synchronization

/// How long an agent waits for a decision on a tool call, recorded, and durable before the tool runs.
struct GateWorkload: Workload {
  var name: String { "gate" }
  var title: String { "Gate: tool calls decided and recorded" }
  var explanation: String {
    """
    The median time of a call. Its function is judged by a policy of 20 rules and 2 limits. "Decision alone" is judged and \
    recorded so that it survives kill -9, and no tool runs. In the durable cases request, decision and start are synced before \
    the tool runs: "Intaglio" is the time from the question until the tool's body begins, "Intaglio whole call" until its \
    end is recorded too. The peers append one record of 1 KiB, durable, and judge nothing: what one sync takes; of 64 threads that \
    wait at once, plain C and Intaglio sync many together.
    """
  }
  var unit: Unit { .milliseconds }
  var plot: Plot { .bars }

  private static let peers = ["plain C", "SQLite"]

  /// Up to where a call is timed.
  private enum End {
    case decision
    case body
    case call
  }

  func cases(_ context: Context) throws -> [Case] {
    let policy = try PolicyFile.read(Self.policy)
    let alone = Case(
      label: "decision alone, 1 run",
      entrants: [entrant("Intaglio", context, policy, runs: 1, .written, upTo: .decision)])
    let durable = [1, 64].map { runs in
      Case(
        label: runs == 1 ? "durable, 1 run" : "durable, \(runs) runs at once",
        entrants: [
          entrant("Intaglio", context, policy, runs: runs, .synced, upTo: .body),
          entrant("Intaglio whole call", context, policy, runs: runs, .synced, upTo: .call),
        ]
          + Contenders.all.filter { contender in
            Self.peers.contains { contender.name.hasPrefix($0) }
              && contender.modes.contains(.synced)
              && contender.abilities.contains(.threads)
          }.map { peer($0, context, threads: runs) })
    }
    return [alone] + durable
  }

  private func entrant(
    _ name: String, _ context: Context, _ policy: Policy, runs: Int, _ durability: Durability,
    upTo end: End
  ) -> Entrant {
    let latencies = Latencies()
    let slice = context.settings.sliceSeconds * 2
    return Entrant(name: name, latencies: latencies) {
      try context.withDirectory("governor") { directory in
        var options = GovernorOptions(policy: policy)
        options.log.durability = durability
        options.log.allowsUnsuitableFileSystem = true
        let (meter, taken) = try blocking { [options] in
          let governor = try await Governor.open(at: .init(directory + "/store"), options: options)
          try await Self.work(governor, seconds: 0.02, upTo: end)
          let meter = Meter()
          let taken = try await withThrowingTaskGroup(of: [UInt64].self) { group in
            for _ in 0..<runs {
              group.addTask { try await Self.work(governor, seconds: slice, upTo: end) }
            }
            return try await group.reduce(into: []) { $0 += $1 }
          }
          let sample = meter.sample(Self.median(taken), count: taken.count)
          await governor.close()
          return (sample, taken)
        }
        latencies.record(taken)
        return meter
      }
    }
  }

  /// In milliseconds.
  private static func median(_ taken: [UInt64]) -> Double {
    Double(taken.sorted()[taken.count / 2]) / 1e6
  }

  /// One run that calls a tool again and again; gives how long each call took up to `end`.
  @discardableResult
  private static func work(
    _ governor: Governor, seconds limit: Double, upTo end: End
  ) async throws -> [UInt64] {
    try await governor.run(agent: "agent") { run in
      var taken: [UInt64] = []
      let start = nanoseconds()
      while seconds(since: start) < limit || taken.isEmpty {
        let call = ToolCall(
          function: "tool_12",
          arguments:
            #"{"path":"/srv/data/\#(taken.count)","amount":42,"note":"what the agent says of it"}"#)
        let before = nanoseconds()
        let decision = try await run.decide([call])[0]
        var after = nanoseconds()
        if end != .decision {
          _ = try await run.perform(decision) { permit in
            after = nanoseconds()
            return .ok(try permit.arguments(for: call.tool))
          }
          if end == .call { after = nanoseconds() }
        }
        taken.append(after - before)
      }
      return taken
    }
  }

  private func peer(_ contender: any Contender, _ context: Context, threads: Int) -> Entrant {
    let latencies = Latencies()
    let slice = context.settings.sliceSeconds * 2
    return Entrant(name: contender.name, latencies: latencies) {
      var options = StoreOptions(mode: .synced)
      options.threadCount = threads
      options.expectedByteCount = 64 << 20
      return try context.withDirectory(contender.name) { [options] directory in
        let store = try contender.open(directory, options)
        let corpus = context.corpus
        try store.append(corpus.payload(0, byteCount: 1024), stream: 0)
        let outcome = Mutex<(all: [UInt64], failure: (any Error)?)>(([], nil))
        let meter = Meter()
        let start = nanoseconds()
        inParallel(threads) { thread in
          var taken: [UInt64] = []
          do {
            while seconds(since: start) < slice || taken.isEmpty {
              let before = nanoseconds()
              try store.append(
                corpus.payload(thread * 1009 + taken.count, byteCount: 1024), stream: 0)
              taken.append(nanoseconds() - before)
            }
          } catch { outcome.withLock { $0.failure = error } }
          outcome.withLock { [taken] in $0.all += taken }
        }
        let (all, failure) = outcome.withLock { $0 }
        if let failure { throw failure }
        latencies.record(all)
        let sample = meter.sample(Self.median(all), count: all.count)
        try store.close()
        return sample
      }
    }
  }

  /// Twenty rules, of which one allows the call that is measured.
  private static var policy: String {
    let rules = (0..<20).map { number in
      """
        - id: rule-\(number)
          when: {tool: tool_\(number), arguments: {/path: {path: {within: /srv/data}}, /amount: {less: 100}}}
          effect: \(number % 3 == 0 ? "allow" : number % 3 == 1 ? "deny" : "review")
      """
    }
    return """
      version: 1
      default: deny
      limits:
        - {id: calls, per: run, most: 100000000}
        - {id: amounts, tool: "tool_*", per: log, sum: /amount, most: 1000000000000}
      rules:
      \(rules.joined(separator: "\n"))
      """
  }
}
