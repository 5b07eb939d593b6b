import Intaglio
import IntaglioFormat
import IntaglioHooks
import IntaglioStorage
import IntaglioTestSupport
import Synchronization
import Testing

@Suite struct GovernorPermitTests {
  private static let policy = #"""
    {"version": 1, "default": "allow", "rules": [
      {"id": "no", "when": {"tool": "wipe"}, "effect": "deny"},
      {"id": "end", "when": {"tool": "ruin"}, "effect": "deny", "on_deny": "abort"},
      {"id": "web", "when": {"tool": "fetch"}, "reads": "untrusted"},
      {"id": "no-mail", "when": {"tool": "mail", "tainted": true}, "effect": "deny"}]}
    """#

  /// Keeps a permit, as nobody should.
  private final class Hoard: @unchecked Sendable {
    // Sound: one task after the other.
    private var permit: ToolPermit?
    func keep(_ permit: consuming ToolPermit) { self.permit = consume permit }
    func take() -> ToolPermit? { permit.take() }
  }

  @Test func `a permit that was kept is worth nothing when its use is over`() async throws {
    let store = try TestStore()
    let governor = try await store.open()
    let runs = Runs()
    let tool = governor.tool("read") { _ in
      runs.note()
      return ""
    }
    let run = try await governor.start(RunDescription(agent: "a"))
    let decision = try await run.decide([ToolCall(tool.identity, arguments: "{}")])[0]
    let hoard = Hoard()
    _ = try await run.perform(decision) { permit in
      hoard.keep(permit)
      return .ok("")
    }
    guard let kept = hoard.take() else {
      Issue.record("the permit was not kept")
      return
    }
    do {
      _ = try await tool.run(kept)
      Issue.record("the tool ran after its call was recorded as abandoned")
    } catch { #expect((error as? GovernorError)?.code == .used) }
    #expect(runs.count == 0)
    try await run.end()
    await governor.close()
    #expect(try store.story(ofRun: run.id).contains("tool.abandoned"))
  }

  /// A run whose engine fails, under a governor that goes on.
  private func withFailingEngine(
    _ before: (GovernedRun) async throws -> Void, _ after: (GovernedRun) async throws -> Void
  ) async throws {
    let store = try TestStore()
    let system = FaultInjectingFileSystem()
    var surroundings = Surroundings()
    surroundings.system = system
    let governor = try await store.open(policy: Self.policy, surroundings: surroundings) {
      $0.onEngineError = .allowAndCount
    }
    let run = try await governor.start(RunDescription(agent: "a"))
    try await before(run)
    system.arm(
      FaultPlan(at: 1, of: [.synchronizeData], .fail(.ioError), sticky: [.synchronizeData]))
    _ = try await run.decide([ToolCall(function: "wipe", arguments: "{}")])
    try await after(run)
    try await run.end()
    system.heal()
    await governor.close()
  }

  @Test func `what was denied stays denied when the engine fails and that is counted`() async throws
  {
    let denied = Mutex<ToolDecision?>(nil)
    let runs = Runs()
    try await withFailingEngine {
      let decision = try await $0.decide([ToolCall(function: "wipe", arguments: "{}")])[0]
      denied.withLock { $0 = decision }
    } _: { run in
      let decision = try #require(denied.withLock { $0 })
      let failure = await code {
        _ = try await run.perform(decision) { permit in
          runs.note()
          return .ok(try permit.arguments(for: ToolIdentity(name: "wipe")))
        }
      }
      #expect(failure == .notPermitted)
    }
    #expect(runs.count == 0)
  }

  @Test func `what was used stays used when the engine fails and that is counted`() async throws {
    let used = Mutex<[ToolDecision]>([])
    try await withFailingEngine { run in
      let decisions = try await run.decide([
        ToolCall(function: "read", arguments: "{}"),
        ToolCall(ToolIdentity(.handoff, name: "b"), arguments: "{}"),
      ])
      used.withLock { $0 = decisions }
      _ = try await run.perform(decisions[0]) { _ in .ok("") }
      try await run.handedOff(decisions[1], from: "a", to: "b")
    } _: { run in
      let decisions = used.withLock { $0 }
      #expect(await code { _ = try await run.perform(decisions[0]) { _ in .ok("") } } == .used)
      #expect(await code { try await run.handedOff(decisions[1], from: "a", to: "b") } == .used)
    }
  }

  @Test func `taint and an end of the run hold when the engine fails and that is counted`()
    async throws
  {
    try await withFailingEngine { run in
      _ = try await run.decide([ToolCall(function: "fetch", arguments: "{}")])
    } _: { run in
      let decision = try await run.decide([ToolCall(function: "mail", arguments: "{}")])[0]
      #expect(decision.effect == .deny)
      #expect(
        await code { _ = try await run.decide([ToolCall(function: "ruin", arguments: "{}")]) }
          == .aborted)
    }
  }

  @Test func `a run that the policy has ended takes no more calls`() async throws {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.policy)
    let run = try await governor.start(RunDescription(agent: "a"))
    let read = ToolCall(function: "read", arguments: "{}")
    let before = try await run.decide([read])[0]
    #expect(
      await code { _ = try await run.decide([ToolCall(function: "ruin", arguments: "{}")]) }
        == .aborted)
    #expect(await code { _ = try await run.decide([read]) } == .aborted)
    #expect(await code { _ = try await run.perform(before) { _ in .ok("") } } == .aborted)
    try await run.fail(type: "aborted", message: "")
    await governor.close()
    #expect(try store.story(ofRun: run.id).hasSuffix("tool.abandoned run.failed"))
  }

  @Test func `a handoff is decided as one, to the agent that takes over`() async throws {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.policy)
    let run = try await governor.start(RunDescription(agent: "a"))
    let decisions = try await run.decide([
      ToolCall(function: "read", arguments: "{}"),
      ToolCall(ToolIdentity(.handoff, name: "b"), arguments: "{}"),
    ])
    #expect(
      await code { try await run.handedOff(decisions[0], from: "a", to: "b") } == .notPermitted)
    try await run.handedOff(decisions[1], from: "a", to: "b")
    try await run.end()
    await governor.close()
  }

  @Test func `a run that nobody governs runs no tool on the decision of one that is governed`()
    async throws
  {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.policy)
    let run = try await governor.start(RunDescription(agent: "a"))
    let decision = try await run.decide([ToolCall(function: "wipe", arguments: "{}")])[0]
    #expect(
      await code { _ = try await UngovernedRun().perform(decision) { _ in .ok("") } }
        == .notPermitted)
    try await run.end()
    await governor.close()
  }
}
