import Intaglio
import IntaglioFormat
import IntaglioHooks
import IntaglioStorage
import IntaglioTestSupport
import Synchronization
import SystemPackage
import Testing

/// Does random things to missions of one store, and the same to the model.
final class RandomHands {
  private var generator: SeededGenerator
  private let round: Int
  private let store: TestStore
  private let place = TextPlace()
  private var system = FaultInjectingFileSystem()
  var governor: Governor
  var missions = ["m0": MissionModel(), "m1": MissionModel(), "m2": MissionModel()]
  private var runCount = 0
  /// Where each mission was taken last.
  private var lastTarget: [String: SequenceNumber] = [:]
  private var steps: [String] = []
  /// How often what was done.
  private(set) var tally: [String: Int] = [:]

  init(_ round: Int, _ generator: SeededGenerator) async throws {
    (self.round, self.generator) = (round, generator)
    store = try TestStore()
    let place = place
    governor = try await store.open(surroundings: surroundings(system)) {
      $0.participants = [place]
    }
  }

  func end() async throws -> SeededGenerator {
    for name in missions.keys.sorted() { try await check(name, all: true) }
    await governor.close()
    #expect(try store.verify())
    return generator
  }

  var comment: Comment { "round \(round): \(steps.suffix(12).joined(separator: ", "))" }

  private func random(_ range: Range<Int>) -> Int { Int.random(in: range, using: &generator) }

  func step() async throws {
    let name = "m\(random(0..<3))"
    let kind = random(0..<100)
    steps.append("\(name) \(kind)")
    let before = missions[name]!.contents
    switch kind {
    case 0..<14: try await start(name)
    case 14..<40: try await change(name)
    case 40..<50: try await checkpoint(name)
    case 50..<59: try await endRun(name)
    case 59..<68: try await pause(name)
    case 68..<79: try await resume()
    case 79..<88: try await rollBack(name)
    case 88..<91: try await rollBackFailing(name)
    case 91..<97: try await crashDuringRollback(name)
    default: try await reopen(crashing: random(0..<2) == 0)
    }
    try await learn(name, [before, missions[name]!.contents])
    try await check(name, all: random(0..<20) == 0)
    if random(0..<3) == 0 { place.text = "\(random(0..<5))" }
  }

  private func start(_ name: String) async throws {
    var description = RunDescription(agent: "a", mission: name)
    description.id = "run-\(runCount)"
    runCount += 1
    let run = try await governor.start(description)
    missions[name]!.live.append(run)
    missions[name]!.contents["policy/digest"] = "none"
    capture(name)
  }

  /// What a checkpoint does to the contents before it names them.
  private func capture(_ name: String) {
    missions[name]!.contents[MissionModel.place] = place.text
  }

  /// Changes some keys, within a run or outside of any.
  private func change(_ name: String) async throws {
    var changes: [(component: String, key: String, value: String?)] = []
    for _ in 0...random(0..<4) {
      let component = ["context", "memory", "session"][random(0..<3)]
      let value = random(0..<4) == 0 ? nil : "\(random(0..<4))"
      changes.append((component, "k\(random(0..<5))", value))
    }
    let body: @Sendable (inout StateTransaction) throws(LogError) -> Void = {
      [changes] state throws(LogError) in
      for change in changes {
        if let value = change.value {
          try state.set(Array(value.utf8), change.component, change.key)
        } else {
          try state.remove(change.component, change.key)
        }
      }
    }
    if let run = missions[name]!.live.randomElement(using: &generator), random(0..<4) > 0 {
      try await run.change(body)
    } else {
      try await governor.change(mission: name, by: "hand", body)
    }
    for change in changes {
      missions[name]!.contents["\(change.component)/\(change.key)"] = change.value
    }
  }

  private func checkpoint(_ name: String) async throws {
    guard let run = missions[name]!.live.randomElement(using: &generator) else { return }
    capture(name)
    try await run.checkpoint(label: "c")
  }

  private func takeLive(_ name: String) -> GovernedRun? {
    guard let index = missions[name]!.live.indices.randomElement(using: &generator) else {
      return nil
    }
    return missions[name]!.live.remove(at: index)
  }

  private func endRun(_ name: String) async throws {
    guard let run = takeLive(name) else { return }
    if random(0..<4) == 0 { return try await run.fail(Mishap()) }
    capture(name)
    try await run.end()
  }

  /// Ends all runs of a mission, so that it can be taken back.
  private func endRuns(_ name: String) async throws {
    while !missions[name]!.live.isEmpty {
      try await endRun(name)
      try await learn(name, [missions[name]!.contents])
    }
  }

  private func pause(_ name: String) async throws {
    guard let run = takeLive(name) else { return }
    capture(name)
    try await run.pause(reason: "r", state: run.id)
    missions[name]!.paused.append(run.id)
  }

  /// Goes on with a paused run of any mission.
  private func resume() async throws {
    let names = missions.keys.sorted().filter { !missions[$0]!.paused.isEmpty }
    guard let name = names.randomElement(using: &generator) else { return }
    let index = random(0..<missions[name]!.paused.count)
    let id = missions[name]!.paused.remove(at: index)
    let resumed = try await governor.resume(id)
    #expect(resumed.pausedState == id, comment)
    tally["resumed", default: 0] += 1
    missions[name]!.live.append(resumed.run)
  }

  /// Where a rollback goes: any checkpoint, also a later one; nil if there is none.
  private func target(
    _ name: String
  ) async throws -> (checkpoint: Checkpoint, contents: MissionModel.Contents)? {
    let sequences = missions[name]!.checkpoints.keys.sorted()
    guard let sequence = sequences.randomElement(using: &generator) else { return nil }
    let checkpoint = try #require(
      try await governor.checkpoints(ofMission: name).first { $0.sequence == sequence })
    return (checkpoint, missions[name]!.checkpoints[sequence]!)
  }

  private func rollBack(_ name: String) async throws {
    guard let (checkpoint, contents) = try await target(name) else { return }
    let model = missions[name]!
    let preview = try await governor.previewRollback(ofMission: name, to: checkpoint)
    #expect(count(preview.state) == differenceCount(contents, model.contents), comment)
    #expect(preview.pausedRuns.sorted() == model.paused.sorted(), comment)
    let refused = await code {
      try await governor.rollback(mission: name, to: checkpoint, reason: "r", by: "hand")
    }
    #expect(refused == refusal(model, contents), comment)
    guard refused == nil else {
      tally[refused!.rawValue, default: 0] += 1
      return
    }
    let isForward = lastTarget[name].map { $0 < checkpoint.sequence } ?? false
    tally[isForward ? "forward" : "back", default: 0] += 1
    lastTarget[name] = checkpoint.sequence
    took(name, backTo: contents)
  }

  /// Why a rollback must be refused; nil if it must not.
  private func refusal(
    _ model: MissionModel, _ contents: MissionModel.Contents
  ) -> GovernorError.Code? {
    if !model.live.isEmpty { return .missionLive }
    return contents[MissionModel.place] == nil ? .notRestorable : nil
  }

  private func took(_ name: String, backTo contents: MissionModel.Contents) {
    missions[name]!.contents = contents
    missions[name]!.paused = []
    #expect(place.text == contents[MissionModel.place], comment)
  }

  /// A participant fails: the mission is closed until the rollback was finished, here or by the next opening.
  private func rollBackFailing(_ name: String) async throws {
    try await endRuns(name)
    guard let (checkpoint, contents) = try await target(name),
      refusal(missions[name]!, contents) == nil
    else { return }
    place.failsNext = true
    let refused = await code {
      try await governor.rollback(mission: name, to: checkpoint, reason: "r", by: "hand")
    }
    #expect(refused == .rollbackFailed, comment)
    let begun = RunDescription(agent: "a", mission: name)
    #expect(await code { _ = try await governor.start(begun) } == .rollbackPending, comment)
    #expect(
      await code { try await governor.change(mission: name, by: "hand") { _ in } }
        == .rollbackPending, comment)
    if let id = missions[name]!.paused.first {
      #expect(await code { _ = try await governor.resume(id) } == .rollbackPending, comment)
    }
    if Bool.random(using: &generator) {
      try await governor.finishRollback(mission: name)
    } else {
      try await reopen(crashing: Bool.random(using: &generator))
    }
    took(name, backTo: contents)
    tally["failed", default: 0] += 1
  }

  /// The process ends at some call of a rollback: the next opening finds it whole or not begun.
  private func crashDuringRollback(_ name: String) async throws {
    try await endRuns(name)
    guard let (checkpoint, contents) = try await target(name),
      refusal(missions[name]!, contents) == nil
    else { return }
    await synchronize()
    let count = try doneCount(name)
    system.arm(FaultPlan(at: random(1..<5), .crash))
    _ = await code {
      try await governor.rollback(mission: name, to: checkpoint, reason: "r", by: "hand")
    }
    try await reopen(crashing: true)
    let isDone = try doneCount(name) > count
    if isDone { took(name, backTo: contents) }
    tally[isDone ? "crashed after" : "crashed before", default: 0] += 1
  }

  /// How many rollbacks of a mission are recorded as done.
  private func doneCount(_ name: String) throws -> Int {
    try store.events(ofStream: "governor").count {
      $0.kind == .rollbackDone && $0["intaglio.mission.id"] == .string(name)
    }
  }

  /// Has all that was said synced: what is lost without that is another test's.
  private func synchronize() async {
    _ = await code { _ = try await governor.state(ofMission: "m0") }
  }

  /// Ends the process, in good order or not, and begins another.
  private func reopen(crashing: Bool) async throws {
    if crashing {
      await synchronize()
      system.arm(FaultPlan(at: 1, .crash))
    }
    await governor.close()
    for name in missions.keys { missions[name]!.live = [] }
    system = FaultInjectingFileSystem()
    governor = try await store.open(surroundings: surroundings(system)) { [place] in
      $0.participants = [place]
    }
  }
}

/// A place outside the log with one text in it, which may fail to be restored.
final class TextPlace: RollbackParticipant {
  let name = "place"
  private let state = Mutex((text: "0", failsNext: false))

  var text: String {
    get { state.withLock { $0.text } }
    set { state.withLock { $0.text = newValue } }
  }
  var failsNext: Bool {
    get { state.withLock { $0.failsNext } }
    set { state.withLock { $0.failsNext = newValue } }
  }

  func capture() -> String { text }
  func restore(_ captured: String) throws {
    try state.withLock { state in
      if state.failsNext {
        state.failsNext = false
        throw Mishap()
      }
      state.text = captured
    }
  }
}
