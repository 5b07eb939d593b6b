import Intaglio
import IntaglioFormat
import IntaglioHooks
import IntaglioStorage
import IntaglioTestSupport
import Synchronization
import SystemPackage
import Testing

@Suite struct GovernorCrashTests {
  /// The calls whose bodies ran: run and number.
  private final class Bodies: Sendable {
    private let list = Mutex<[(run: String, number: Int)]>([])
    func note(_ run: String, _ number: Int) { list.withLock { $0.append((run, number)) } }
    var all: [(run: String, number: Int)] { list.withLock { $0 } }
  }

  @Test func `the loss of power leaves request, decision and start of every body that ran`()
    async throws
  {
    var generator = SeededGenerator(for: "governor and the loss of power")
    var bodyCount = 0
    for round in 0..<60 {
      let directory = try TemporaryDirectory()
      let disk = try PowerLossFileSystem(root: directory.path)
      let number = Int.random(in: 1...220, using: &generator)
      let system = FaultInjectingFileSystem(disk, FaultPlan(at: number, .crashHalfway))
      let bodies = Bodies()
      await work(directory.path.appending("store"), system, bodies)
      let after = try TemporaryDirectory()
      try disk.powerLoss(into: after.path, using: &generator)
      bodyCount += bodies.all.count
      try await check(
        after.path.appending("store"), bodies.all, isRebooted: true,
        "round \(round), call \(number)")
    }
    #expect(bodyCount > 50)
  }

  /// Four runs at once, three turns each.
  private func work(_ path: FilePath, _ system: any FileSystem, _ bodies: Bodies) async {
    var surroundings = Surroundings()
    surroundings.system = system
    var options = GovernorOptions()
    options.log.segmentByteCount = 64 << 10
    options.engineTimeout = .seconds(600)
    guard
      let governor = try? await Governor.open(
        at: path, options: options, surroundings: surroundings)
    else { return }
    await withTaskGroup { group in
      for _ in 0..<4 {
        group.addTask {
          try? await governor.run(agent: "a", mission: "m") { run in
            for turn in 0..<3 {
              try await run.change { state throws(LogError) in
                try state.set([UInt8(turn)], "memory", "turn")
              }
              let decision = try await run.decide([
                ToolCall(function: "read", arguments: "{}")
              ])[0]
              _ = try await run.perform(decision) { permit in
                bodies.note(run.id, decision.number)
                return .ok(try permit.arguments(for: decision.call.tool))
              }
            }
          }
        }
      }
    }
    await governor.close()
  }

  /// - Parameter isRebooted: whether the system has started anew since, as it has after the loss of power: only then may
  ///   later sectors be there without earlier ones.
  private func check(
    _ path: FilePath, _ bodies: [(run: String, number: Int)], isRebooted: Bool = false,
    _ comment: Comment
  ) async throws {
    var surroundings = Surroundings()
    // Without a restart a gap in what was written would be damage.
    if isRebooted { surroundings.bootID = [UInt8](repeating: 0xB0, count: 16) }
    let governor = try await Governor.open(
      at: path, options: GovernorOptions(), surroundings: surroundings)
    let logPath = governor.logPath
    await governor.close()
    let snapshot = try LogReader.open(at: logPath).snapshot()
    for (run, number) in bodies {
      guard let stream = try snapshot.stream(named: "run/\(run)") else {
        Issue.record("\(comment): the run \(run) is not there")
        continue
      }
      let events = try snapshot.records(of: stream.number).compactMap {
        try RecordedEvent($0.get())
      }.filter { $0.integer("intaglio.call") == number }
      let kinds = events.map(\.kind)
      #expect(kinds.starts(with: [.toolRequest, .policyDecision, .toolStart]), comment)
      #expect(kinds.count == 4, comment)
      #expect([.toolEnd, .toolOrphaned].contains(kinds.last), comment)
    }
  }

  @Test func `a program killed 40 times beside another has recorded every body that it ran`()
    async throws
  {
    var generator = SeededGenerator(for: "governor and kill -9")
    let directory = try TemporaryDirectory()
    let path = directory.path.appending("store")
    let other = try ChildProcess([
      builtProgram("IntaglioTestWriter"), path.string, "1", "1", "governor",
    ])
    #expect(String(decoding: other.read(), as: UTF8.self).hasPrefix("open 0"))
    // Read on, so that it is never held up by a full pipe.
    let otherID = other.processID
    var bodies: [(run: String, number: Int)] = []
    for _ in 0..<40 {
      let writer = try ChildProcess([
        builtProgram("IntaglioTestWriter"), path.string, "8", "\(generator.next())", "governor",
      ])
      // Killed when it has run so many bodies, and a moment later.
      let bodyCount = Int.random(in: 0...12, using: &generator)
      let wait = UInt32.random(in: 0...20_000, using: &generator)
      var output: [UInt8] = []
      var part = writer.read()
      while !part.isEmpty {
        output += part
        let text = String(decoding: output, as: UTF8.self)
        if text.split(separator: "\n").count(where: { $0.hasPrefix("body") }) >= bodyCount { break }
        part = writer.read()
      }
      sleep(microseconds: wait)
      writer.kill()
      let lines = String(decoding: output + writer.readToEnd(), as: UTF8.self)
      for line in lines.split(separator: "\n") {
        let words = line.split(separator: " ")
        if words.first == "open" { #expect(words.last == "1") }
        if words.count == 3, words[0] == "body", let number = Int(words[2]) {
          bodies.append((String(words[1]), number))
        }
      }
    }
    #expect(bodies.count > 100)
    kill(processID: otherID)
    for line in String(decoding: other.readToEnd(), as: UTF8.self).split(separator: "\n")
    where !line.hasPrefix("body") { Issue.record("the other program: \(line)") }
    // The other one's log is free now as well: both are mended by who opens them.
    let first = try await Governor.open(at: path)
    #expect(first.logPath.lastComponent?.string == "0")
    await first.close()
    let holder = try Log.open(at: path.appending("0"))
    try await check(path, bodies, "after 40 kills")
    try holder.close()
    let store = try LogReader.open(at: path.appending("1")).snapshot()
    #expect(store.count > 0)
  }
}
