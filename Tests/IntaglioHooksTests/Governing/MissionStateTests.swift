import Glibc
import Intaglio
import IntaglioHooks
import IntaglioTestSupport
import SystemPackage
import Testing

/// What is done with a mission while no run of it is live.
@Suite struct MissionStateTests {
  private func set(_ governor: Governor, _ value: String, by: String = "ops") async throws {
    let bytes = Array(value.utf8)
    try await governor.change(mission: "m", by: by, reason: "r") { state throws(LogError) in
      try state.set(bytes, "memory", "k")
    }
  }

  private func text(_ bytes: [UInt8]?) -> String? {
    bytes.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func `a mission's state is read and changed without a run, and it is told who changed it`()
    async throws
  {
    let store = try TestStore()
    let governor = try await store.open()
    let run = try await governor.start(RunDescription(agent: "a", mission: "m"))
    try await run.change { state throws(LogError) in try state.set([49], "memory", "k") }
    let checkpoint = try await run.checkpoint(label: "one")
    // Also beside a live run, which goes on with what it is then.
    try await set(governor, "2")
    #expect(text(try await run.value("memory", "k")) == "2")
    try await run.end()
    #expect(text(try await governor.value(mission: "m", component: "memory", key: "k")) == "2")
    let now = try await governor.state(ofMission: "m")
    let then = try await governor.state(ofMission: "m", at: checkpoint)
    #expect(text(try then.value("memory", "k")) == "1")
    for state in [now, then] {
      var keys: [String] = []
      for entry in try state.entries(in: "memory") {
        keys.append(String(decoding: try entry.get().key.key, as: UTF8.self))
      }
      #expect(keys == ["k"])
    }
    let other = try await governor.start(RunDescription(agent: "a", mission: "n"))
    try await other.end()
    #expect(
      await code { _ = try await governor.state(ofMission: "n", at: checkpoint) } == .invalid)
    // What changes nothing is nothing to tell.
    try await set(governor, "2")
    await governor.close()
    let events = try store.events(ofStream: "governor").filter { $0.kind == .missionChanged }
    #expect(events.count == 1)
    #expect(events.first?["intaglio.by"] == .string("ops"))
    #expect(events.first?["intaglio.mission.id"] == .string("m"))
    #expect(events.first?["intaglio.reason"] == .string("r"))
    #expect(try store.verify())
    // The record that it names is the change.
    let snapshot = try LogReader.open(at: store.path.appending("0"), access: .copied).snapshot()
    let number = try #require(events.first?.integer("intaglio.change"))
    let record = try snapshot.record(at: SequenceNumber(UInt64(number)))
    #expect(try snapshot.stream(record.stream)?.name == "state/mission/m")
  }

  @Test func `a change begins a mission, and a question or a grant does not`() async throws {
    let store = try TestStore()
    let governor = try await store.open()
    #expect(await code { _ = try await governor.state(ofMission: "m") } == .noMission)
    #expect(await code { _ = try await governor.capabilities(ofMission: "m") } == .noMission)
    #expect(
      await code { try await governor.grant("x", to: "a", inMission: "m", by: "b") } == .noMission)
    #expect(
      await code { try await governor.revoke("x", from: "a", inMission: "m", by: "b") }
        == .noMission)
    try await set(governor, "1")
    let run = try await governor.start(RunDescription(agent: "a", mission: "m"))
    #expect(text(try await run.value("memory", "k")) == "1")
    try await run.end()
    await governor.close()
  }

  @Test func `another process's mission is neither changed nor read here`() async throws {
    let store = try TestStore()
    let first = try await store.open()
    try await set(first, "1")
    await first.close()
    // As a second process that finds the first log taken.
    let log = try Log.open(at: store.path.appending("0"))
    let second = try await store.open()
    #expect(second.logPath.lastComponent?.string == "1")
    #expect(await code { try await set(second, "2") } == .missionElsewhere)
    #expect(await code { _ = try await second.state(ofMission: "m") } == .missionElsewhere)
    #expect(
      await code { try await second.grant("x", to: "a", inMission: "m", by: "b") }
        == .missionElsewhere)
    await second.close()
    try log.close()
  }

  @Test(arguments: [
    "capability", "policy", "participant", "memory.key", "memory.tag", "memory.word",
  ])
  func `what the governor keeps of a mission is not a program's to change`(component: String)
    async throws
  {
    let store = try TestStore()
    let governor = try await store.open()
    let run = try await governor.start(RunDescription(agent: "a", mission: "m"))
    let body: @Sendable (inout StateTransaction) throws(LogError) -> Void = {
      state throws(LogError) in
      try state.set([1], "memory", "k")
      try state.set([1], component, "a\nfunction:pay")
    }
    #expect(await code { try await run.change(body) } == .invalid)
    #expect(
      await code { try await governor.change(mission: "m", by: "b", body) } == .invalid)
    #expect(try await run.value("memory", "k") == nil)
    #expect(try await run.capabilities() == nil)
    // A refused change is no failure of the engine: the run goes on.
    try await run.end()
    await governor.close()
  }

  @Test func `names that no record could have are refused`() async throws {
    let store = try TestStore()
    let governor = try await store.open()
    try await set(governor, "1")
    for name in ["", "a\nb", String(repeating: "x", count: 201)] {
      #expect(await code { try await set(governor, "2", by: name) } == .invalid)
      #expect(
        await code { try await governor.change(mission: name, by: "b") { _ in } } == .invalid)
      #expect(
        await code { try await governor.grant("x", to: name, inMission: "m", by: "b") } == .invalid)
      #expect(
        await code { try await governor.grant("x", to: "a", inMission: "m", by: name) } == .invalid)
    }
    #expect(
      await code {
        try await governor.change(
          mission: "m", by: "b", reason: String(repeating: "r", count: 4097)
        ) { _ in }
      } == .invalid)
    await governor.close()
  }

  @Test func `capabilities granted and revoked without a run are held by the next one`()
    async throws
  {
    let store = try TestStore()
    let governor = try await store.open()
    let pay = ToolCall(function: "pay", arguments: "{}")
    let read = ToolCall(function: "read", arguments: "{}")
    let first = try await governor.start(RunDescription(agent: "a", mission: "m"))
    #expect(try await governor.capabilities(ofMission: "m") == nil)
    #expect(
      await code { try await governor.revoke("pay", from: "a", inMission: "m", by: "ops") }
        == .invalid)
    // At once, also for a run that is live.
    #expect(
      try await governor.grant("pay", to: "a", inMission: "m", by: "ops") == ["function:pay"])
    #expect(try await first.decide([pay, read]).map(\.effect) == [.allow, .deny])
    try await first.end()
    try await governor.grant("read", to: "a", inMission: "m", by: "ops")
    #expect(
      try await governor.revoke("pay", from: "a", inMission: "m", by: "ops") == ["function:read"])
    #expect(try await governor.capabilities(ofMission: "m") == ["a": ["function:read"]])
    await governor.close()
    let again = try await store.open()
    let next = try await again.start(RunDescription(agent: "a", mission: "m"))
    #expect(try await next.decide([pay, read]).map(\.effect) == [.deny, .allow])
    try await next.end()
    await again.close()
    let events = try store.events(ofStream: "governor").filter {
      $0.kind == .capabilityGranted || $0.kind == .capabilityRevoked
    }
    #expect(events.count == 3)
    #expect(events.allSatisfy { $0["intaglio.mission.id"] == .string("m") })
    #expect(try store.verify())
  }

  @Test(arguments: [true, false])
  func `a revocation voids what waits for people, also of a paused run`(isPaused: Bool) async throws
  {
    let policy = #"""
      {"version": 1, "default": "allow",
       "rules": [{"id": "ask", "when": {"tool": ["pay", "send"]}, "effect": "review"}]}
      """#
    let store = try TestStore()
    let governor = try await store.open(policy: policy)
    var description = RunDescription(agent: "a", mission: "m")
    description.id = "r"
    description.capabilities = ["a": ["pay", "send"]]
    var run = try await governor.start(description)
    _ = try await run.decide(
      ["pay", "send"].map { ToolCall(function: $0, arguments: "{}") })
    if isPaused { try await run.pause(reason: "waits") }
    try await governor.revoke("pay", from: "a", inMission: "m", by: "ops")
    #expect(try await governor.tickets().map(\.tool) == ["function:send"])
    if isPaused {
      let resumed = try await governor.resume("r")
      #expect(resumed.reviews.map(\.effect) == [.deny, .review])
      run = resumed.run
    }
    try await run.end()
    await governor.close()
    let voided = try store.events(ofRun: "r").filter { $0.kind == .approvalVoided }
    #expect(
      voided.map { $0["intaglio.reason"] } == [
        .string("its capability was revoked"), .string("its run is over"),
      ])
  }

  @Test func `while a mission is taken back only a revocation gets through, and it stands`()
    async throws
  {
    let store = try TestStore()
    let place = BrokenPlace()
    let governor = try await store.open { $0.participants = [place] }
    var description = RunDescription(agent: "a", mission: "m")
    description.id = "one"
    description.capabilities = ["a": ["pay", "read"]]
    let run = try await governor.start(description)
    let checkpoint = try await run.checkpoint(label: "here")
    try await run.change { state throws(LogError) in try state.set([1], "memory", "k") }
    description.id = "two"
    let paused = try await governor.start(description)
    try await paused.pause(reason: "waits")
    try await run.end()
    #expect(
      await code {
        try await governor.rollback(mission: "m", to: checkpoint, reason: "r", by: "b")
      } == .rollbackFailed)
    #expect(await code { try await set(governor, "2") } == .rollbackPending)
    #expect(
      await code { try await governor.grant("x", to: "a", inMission: "m", by: "b") }
        == .rollbackPending)
    #expect(await code { _ = try await governor.resume("two") } == .rollbackPending)
    try await governor.revoke("pay", from: "a", inMission: "m", by: "b")
    place.mend()
    try await governor.finishRollback(mission: "m")
    #expect(try await governor.capabilities(ofMission: "m") == ["a": ["function:read"]])
    #expect(try await governor.value(mission: "m", component: "memory", key: "k") == nil)
    try await set(governor, "2")
    await governor.close()
    #expect(try store.verify())
  }
}
