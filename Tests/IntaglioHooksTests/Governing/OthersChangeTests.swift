import Intaglio
import IntaglioFormat
import IntaglioHooks
import IntaglioTestSupport
import Synchronization
import SystemPackage
import Testing

/// What a rollback would take back that the mission's own runs did not do.
@Suite struct OthersChangeTests {
  private func description(
    _ mission: String?, _ conversation: String?, id: String? = nil
  ) -> RunDescription {
    var description = RunDescription(agent: "a", mission: mission)
    description.conversation = conversation
    description.id = id
    return description
  }

  /// A run of the mission `m` in the conversation `c` that has ended, and a checkpoint within it.
  private func makeMission(_ governor: Governor) async throws -> Checkpoint {
    let run = try await governor.start(description("m", "c"))
    let checkpoint = try await run.checkpoint(label: "here")
    try await change(run)
    try await run.end()
    return checkpoint
  }

  private func change(_ run: GovernedRun) async throws {
    try await run.change { state throws(LogError) in try state.set([1], "memory", "k") }
  }

  private func rollBack(
    _ governor: Governor, to checkpoint: Checkpoint, isForced: Bool = false
  ) async -> GovernorError.Code? {
    await code {
      try await governor.rollback(
        mission: "m", to: checkpoint, reason: "r", by: "b", isForced: isForced)
    }
  }

  @Test(arguments: [nil, "paused", "live", "failed"])
  func `another mission's run in the same conversation refuses a rollback unless it is forced`(
    end: String?
  ) async throws {
    let store = try TestStore()
    let governor = try await store.open()
    let checkpoint = try await makeMission(governor)
    let other = try await governor.start(description("x", "c"))
    switch end {
    case "paused": try await other.pause(reason: "r")
    case "live": break
    case "failed": try await other.fail(Mishap())
    default: try await other.end()
    }
    let preview = try await governor.previewRollback(ofMission: "m", to: checkpoint)
    #expect(preview.changedByOthers == [.conversation("c", mission: "x")])
    #expect(await rollBack(governor, to: checkpoint) == .sessionChanged)
    #expect(try await governor.value(mission: "m", component: "memory", key: "k") == [1])
    #expect(await rollBack(governor, to: checkpoint, isForced: true) == nil)
    #expect(try await governor.value(mission: "m", component: "memory", key: "k") == nil)
    await governor.close()
    let begun = try #require(
      try store.events(ofStream: "governor").first { $0.kind == .rollbackBegun })
    #expect(
      begun["intaglio.changed_by_others"]
        == .array([
          .object([.init("conversation", .string("c")), .init("mission", .string("x"))])
        ]))
    #expect(try store.verify())
  }

  @Test func `a run counts that was live since the checkpoint, however long ago it began`()
    async throws
  {
    let store = try TestStore()
    let governor = try await store.open()
    let early = try await governor.start(description("x", "c"))
    let gone = try await governor.start(description("y", "c"))
    try await gone.end()
    let checkpoint = try await makeMission(governor)
    #expect(await rollBack(governor, to: checkpoint) == .sessionChanged)
    try await early.end()
    let preview = try await governor.previewRollback(ofMission: "m", to: checkpoint)
    #expect(preview.changedByOthers == [.conversation("c", mission: "x")])
    // To a checkpoint from after its end one goes back.
    let run = try await governor.start(description("m", "c"))
    let later = try await run.checkpoint(label: "later")
    try await run.end()
    #expect(await rollBack(governor, to: later) == nil)
    await governor.close()
  }

  @Test func `runs of the mission itself and of other conversations refuse nothing`() async throws {
    let store = try TestStore()
    let governor = try await store.open()
    let checkpoint = try await makeMission(governor)
    for (mission, conversation) in [
      ("m", "c"), ("x", nil), ("x", "d"), ("x", "c2"), (nil, "cc"), ("c", nil),
    ] as [(String?, String?)] {
      try await governor.start(description(mission, conversation)).end()
    }
    // Another run of the mission in a second conversation, which nobody else had since.
    try await governor.start(description("m", "c3")).end()
    #expect(
      try await governor.previewRollback(ofMission: "m", to: checkpoint).changedByOthers == [])
    #expect(await rollBack(governor, to: checkpoint) == nil)
    await governor.close()
  }

  @Test
  func `a run of another process counts, live, ended or killed, and what it did is not forgotten`()
    async throws
  {
    let store = try TestStore()
    let governor = try await store.open()
    let checkpoint = try await makeMission(governor)
    // As a second process that finds the first log taken: its governor writes the log 1.
    await governor.close()
    let log = try Log.open(at: store.path.appending("0"))
    let system = FaultInjectingFileSystem()
    let second = try await store.open(surroundings: surroundings(system))
    #expect(second.logPath.lastComponent?.string == "1")
    _ = try await second.start(description("x", "c"))
    system.arm(FaultPlan(at: 1, .crash))
    await second.close()
    try log.close()
    let again = try await store.open()
    #expect(again.logPath.lastComponent?.string == "0")
    let preview = try await again.previewRollback(ofMission: "m", to: checkpoint)
    #expect(preview.changedByOthers == [.conversation("c", mission: "x")])
    #expect(await rollBack(again, to: checkpoint) == .sessionChanged)
    await again.close()
  }

  @Test func `what was recorded of a conversation's use survives a crash`() async throws {
    let store = try TestStore()
    let system = FaultInjectingFileSystem()
    var governor = try await store.open(surroundings: surroundings(system))
    _ = try await governor.start(description("x", "c"))
    let checkpoint = try await makeMission(governor)
    system.arm(FaultPlan(at: 1, .crash))
    await governor.close()
    governor = try await store.open()
    #expect(await rollBack(governor, to: checkpoint) == .sessionChanged)
    await governor.close()
  }

  @Test func `a participant is asked with what it captured last, and may refuse`() async throws {
    let store = try TestStore()
    let place = SharedPlace()
    let governor = try await store.open { $0.participants = [place] }
    let run = try await governor.start(description("m", nil))
    place.text = "one"
    let checkpoint = try await run.checkpoint(label: "here")
    place.text = "two"
    try await change(run)
    try await run.end()
    place.text = "somebody else's"
    let preview = try await governor.previewRollback(ofMission: "m", to: checkpoint)
    #expect(preview.changedByOthers == [.participant("place")])
    #expect(place.asked.last == "two")
    #expect(await rollBack(governor, to: checkpoint) == .sessionChanged)
    #expect(place.text == "somebody else's")
    #expect(await rollBack(governor, to: checkpoint, isForced: true) == nil)
    #expect(place.text == "one")
    // After a rollback it is asked with what was restored.
    #expect(
      try await governor.previewRollback(ofMission: "m", to: checkpoint).changedByOthers == [])
    #expect(place.asked.last == "one")
    await governor.close()
  }

  @Test func `what a failed run did is not taken for others' doing`() async throws {
    let store = try TestStore()
    let place = SharedPlace()
    var governor = try await store.open { $0.participants = [place] }
    place.text = "one"
    let run = try await governor.start(description("m", nil, id: "r"))
    place.text = "half done"
    try await run.fail(Mishap())
    await governor.close()
    // Also in another process.
    governor = try await store.open { $0.participants = [place] }
    let (_, start) = try await governor.checkpoint(atStartOf: "r")
    #expect(await rollBack(governor, to: start) == nil)
    #expect(place.text == "one")
    // And a checkpoint since then is newer than the failure.
    let next = try await governor.start(description("m", nil))
    place.text = "two"
    try await next.end()
    place.text = "half done"
    #expect(await rollBack(governor, to: start) == .sessionChanged)
    await governor.close()
  }

  @Test func `a participant that cannot tell is not taken for unchanged`() async throws {
    let store = try TestStore()
    let place = SharedPlace()
    let governor = try await store.open { $0.participants = [place] }
    let run = try await governor.start(description("m", nil))
    let checkpoint = try await run.checkpoint(label: "here")
    try await run.end()
    place.fails = true
    #expect(await rollBack(governor, to: checkpoint) == .sessionChanged)
    #expect(await rollBack(governor, to: checkpoint, isForced: true) == nil)
    await governor.close()
  }

  @Test func `two rollbacks of one mission at a time are not mixed`() async throws {
    let store = try TestStore()
    let place = SharedPlace()
    let governor = try await store.open { $0.participants = [place] }
    let run = try await governor.start(description("m", nil))
    place.text = "one"
    let first = try await run.checkpoint(label: "one")
    try await change(run)
    place.text = "two"
    let second = try await run.checkpoint(label: "two")
    try await run.end()
    place.holds = true
    let slow = Task {
      try await governor.rollback(mission: "m", to: first, reason: "r", by: "b")
    }
    while !place.isHeld { try await Task.sleep(for: .milliseconds(1)) }
    #expect(await rollBack(governor, to: second) == .rollbackPending)
    #expect(await code { try await governor.finishRollback(mission: "m") } == .rollbackPending)
    place.holds = false
    _ = try await slow.value
    #expect(place.text == "one")
    #expect(try await governor.value(mission: "m", component: "memory", key: "k") == nil)
    #expect(await rollBack(governor, to: second) == nil)
    #expect(place.text == "two")
    await governor.close()
  }
}

/// A place outside the log that others write as well.
private final class SharedPlace: RollbackParticipant {
  private struct State {
    var text = ""
    var asked: [String] = []
    var fails = false
    var holds = false
    var isHeld = false
  }

  let name = "place"
  private let state = Mutex(State())

  var text: String {
    get { state.withLock { $0.text } }
    set { state.withLock { $0.text = newValue } }
  }
  var fails: Bool {
    get { state.withLock { $0.fails } }
    set { state.withLock { $0.fails = newValue } }
  }
  /// Whether restoring waits until this is false again.
  var holds: Bool {
    get { state.withLock { $0.holds } }
    set { state.withLock { $0.holds = newValue } }
  }
  var isHeld: Bool { state.withLock { $0.isHeld } }
  /// What it was asked with, in order.
  var asked: [String] { state.withLock { $0.asked } }

  func capture() -> String { text }

  func isChangedByOthers(since captured: String) throws -> Bool {
    try state.withLock { state in
      state.asked.append(captured)
      if state.fails { throw Mishap() }
      return state.text != captured
    }
  }

  func restore(_ captured: String) async throws {
    while holds {
      state.withLock { $0.isHeld = true }
      try await Task.sleep(for: .milliseconds(1))
    }
    text = captured
  }
}
