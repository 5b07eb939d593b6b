import Intaglio
import IntaglioFormat
import IntaglioHooks
import IntaglioStorage
import IntaglioTestSupport
import SystemPackage
import Testing

/// Random histories of runs, pauses, openings and crashes, against a model that only counts.
@Suite struct GovernorLimitHistoryTests {
  private static let policy = #"""
    {"version": 1, "default": "allow",
     "limits": [
      {"id": "run", "per": "run", "tool": ["pay", "get"], "most": 4},
      {"id": "mission", "per": "mission", "tool": "pay", "sum": "/n", "most": 40},
      {"id": "agent", "per": "agent", "most": 30},
      {"id": "log", "per": "log", "tool": "get", "most": 25}],
     "rules": [
      {"id": "web", "when": {"tool": "fetch"}, "reads": "untrusted"},
      {"id": "no", "when": {"tool": "mail", "tainted": true}, "effect": "deny"}]}
    """#

  /// What is used of each limit, by its subject.
  private struct Model {
    var used: [String: Int] = [:]
    let most = ["run": 4, "mission": 40, "agent": 30, "log": 25]

    mutating func decide(
      _ tool: String, _ amount: Int, run: Live, agent: String
    ) -> Effect {
      if tool == "mail", run.isTainted { return .deny }
      var charges = [("agent", agent, 1)]
      if tool == "pay" || tool == "get" { charges.append(("run", run.id, 1)) }
      if tool == "pay" { charges.append(("mission", run.mission, amount)) }
      if tool == "get" { charges.append(("log", "", 1)) }
      for (limit, subject, amount) in charges {
        if used["\(limit)/\(subject)", default: 0] + amount > most[limit]! { return .deny }
      }
      for (limit, subject, amount) in charges { used["\(limit)/\(subject)", default: 0] += amount }
      return .allow
    }
  }

  private final class Live {
    var run: GovernedRun
    let mission: String
    var isTainted = false
    var id: String { run.id }
    init(_ run: GovernedRun, _ mission: String) { (self.run, self.mission) = (run, mission) }
  }

  @Test func `counts are neither lost nor doubled, and a replay decides as it was decided`()
    async throws
  {
    var generator = SeededGenerator(for: "limits over random histories")
    for round in 0..<(isDebugBuild ? 12 : 100) {
      let store = try TestStore()
      var model = Model()
      var nextID = 0
      var effects: [Effect] = []
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let system = FaultInjectingFileSystem()
        var surroundings = Surroundings()
        surroundings.system = system
        let governor = try await store.open(policy: Self.policy, surroundings: surroundings)
        var live: [Live] = []
        for _ in 0..<Int.random(in: 0...30, using: &generator) {
          if live.isEmpty || Int.random(in: 0..<6, using: &generator) == 0 {
            var description = RunDescription(
              agent: "a\(Int.random(in: 0..<2, using: &generator))",
              mission: "m\(Int.random(in: 0..<3, using: &generator))")
            description.id = "r\(nextID)"
            nextID += 1
            let parent = live.randomElement(using: &generator)
            description.parent = Bool.random(using: &generator) ? parent?.id : nil
            live.append(Live(try await governor.start(description), description.mission ?? ""))
            live.last?.isTainted = description.parent != nil && parent?.isTainted == true
            continue
          }
          let index = Int.random(in: live.indices, using: &generator)
          let one = live[index]
          switch Int.random(in: 0..<10, using: &generator) {
          case 0:
            try await one.run.end()
            live.remove(at: index)
          case 1:
            try await one.run.pause(reason: "waits")
            // One that is not resumed stays paused for ever.
            if Bool.random(using: &generator) {
              one.run = try await governor.resume(one.run.id).run
            } else {
              live.remove(at: index)
            }
          default:
            let agent = "a\(Int.random(in: 0..<2, using: &generator))"
            try await one.run.agentStarted(agent)
            let calls = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
              let tool = ["pay", "get", "fetch", "mail"].randomElement(using: &generator)!
              return ToolCall(
                function: tool, arguments: #"{"n":\#(Int.random(in: 0...9, using: &generator))}"#)
            }
            let expected = try calls.map { call in
              let amount = try JSON.parse(Array(call.arguments.utf8))["n"]?.integer ?? 0
              return model.decide(call.tool.name, Int(amount), run: one, agent: agent)
            }
            let decided = try await one.run.decide(calls).map(\.effect)
            #expect(decided == expected, "round \(round): \(calls)")
            effects += decided
            if calls.contains(where: { $0.tool.name == "fetch" })
              && zip(calls, decided).contains(where: { $0.tool.name == "fetch" && $1 == .allow })
            {
              one.isTainted = true
            }
          }
        }
        // Either all that was said is synced and the program crashes, or it closes; what is live is settled by either.
        if Bool.random(using: &generator) {
          try await live.first?.run.checkpoint(label: "")
          system.arm(FaultPlan(at: 1, .crash))
        }
        await governor.close()
      }
      #expect(try replay(store) == effects, "round \(round)")
    }
  }

  private func replay(_ store: borrowing TestStore) throws -> [Effect?] {
    let snapshot = try LogReader.open(
      at: store.path.appending("0"), includingUnsynced: true, access: .copied
    ).snapshot()
    var replay = PolicyReplay(try testPolicy(Self.policy))
    var effects: [Effect?] = []
    for result in snapshot.records(in: snapshot.sequences) {
      let record = try result.get()
      guard let event = try RecordedEvent(record) else { continue }
      if let outcome = replay.note(event, in: record.stream) { effects.append(outcome.replayed) }
    }
    return effects
  }
}
