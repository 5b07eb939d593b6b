import Intaglio
import IntaglioHooks
import Testing

@Suite struct GovernorTaintTests {
  private static let policy = #"""
    {"version": 1, "default": "allow", "rules": [
      {"id": "web", "when": {"tool": ["fetch", "hosted:search"]}, "reads": "untrusted"},
      {"id": "no-mail", "when": {"tool": "mail", "tainted": true}, "effect": "deny"}]}
    """#
  private let mail = ToolCall(function: "mail", arguments: "{}")
  private let fetch = ToolCall(function: "fetch", arguments: "{}")

  private func child(of parent: String, _ governor: Governor) async throws -> Effect {
    var description = RunDescription(agent: "child")
    description.parent = parent
    let child = try await governor.start(description)
    let effect = try await child.decide([mail])[0].effect
    try await child.end()
    return effect
  }

  @Test func `a child has the taint of a parent that has ended, or is paused`() async throws {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.policy)
    for isTainted in [true, false] {
      var run = try await governor.start(RunDescription(agent: "a"))
      _ = try await run.decide([isTainted ? fetch : mail])
      try await run.pause(reason: "waits")
      #expect(try await child(of: run.id, governor) == (isTainted ? .deny : .allow))
      run = try await governor.resume(run.id).run
      try await run.end()
      #expect(try await child(of: run.id, governor) == (isTainted ? .deny : .allow))
      try #expect(replayed(store) == 0)
    }
    await governor.close()
    // Of the grandparent, over an opening.
    let again = try await store.open(policy: Self.policy)
    let run = try await again.start(RunDescription(agent: "a"))
    await again.recordHosted(run)
    try await run.end()
    #expect(try await child(of: run.id, again) == .deny)
    await again.close()
  }

  @Test func `a child whose parent nobody knows is taken for tainted`() async throws {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.policy)
    #expect(try await child(of: "elsewhere", governor) == .deny)
    await governor.close()
    #expect(try replayed(store) == 0)
  }

  @Test func `hosted tools taint, also in a replay`() async throws {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.policy)
    let run = try await governor.start(RunDescription(agent: "a"))
    await governor.recordHosted(run)
    #expect(try await run.decide([mail])[0].effect == .deny)
    try await run.end()
    await governor.close()
    #expect(try replayed(store) == 0)
  }

  @Test func `a call that was redacted counts in a replay for what it used and read`() async throws
  {
    let policy = #"""
      {"version": 1, "default": "allow",
       "redact": [{"id": "pin", "tool": "fetch", "at": "/pin"}],
       "limits": [{"id": "l", "per": "run", "tool": ["fetch", "get"], "most": 2}],
       "rules": [
        {"id": "web", "when": {"tool": "fetch"}, "reads": "untrusted"},
        {"id": "no-mail", "when": {"tool": "mail", "tainted": true}, "effect": "deny"}]}
      """#
    let store = try TestStore()
    let governor = try await store.open(policy: policy)
    let run = try await governor.start(RunDescription(agent: "a"))
    let get = ToolCall(function: "get", arguments: "{}")
    let redacted = ToolCall(function: "fetch", arguments: #"{"pin":"7361"}"#)
    for (call, effect) in [(redacted, Effect.allow), (mail, .deny), (get, .allow), (get, .deny)] {
      #expect(try await run.decide([call])[0].effect == effect)
    }
    try await run.end()
    await governor.close()
    // The redacted one itself cannot be judged.
    #expect(try replayed(store, by: policy) == 1)
  }

  /// How many calls the policy would have decided otherwise when it decided them.
  private func replayed(
    _ store: borrowing TestStore, by policy: String = Self.policy
  ) throws -> Int {
    let snapshot = try LogReader.open(
      at: store.path.appending("0"), includingUnsynced: true, access: .copied
    ).snapshot()
    var replay = PolicyReplay(try testPolicy(policy))
    var differences = 0
    for result in snapshot.records(in: snapshot.sequences) {
      let record = try result.get()
      guard let event = try RecordedEvent(record) else { continue }
      if let outcome = replay.note(event, in: record.stream), outcome.isDifferent {
        differences += 1
      }
    }
    return differences
  }
}

extension Governor {
  fileprivate func recordHosted(_ run: GovernedRun) async {
    try? await run.hostedToolRan(
      ToolCall(ToolIdentity(.hosted, name: "search"), arguments: "{}"), result: "")
  }
}
