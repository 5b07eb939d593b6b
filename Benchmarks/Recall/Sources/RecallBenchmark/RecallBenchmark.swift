import Intaglio
import IntaglioHooks
import SystemPackage

/// Fills a new store with so many memories of ten words and two tags, one `remember` each, and recalls them.
///
/// Of every size: a tag has 10 entries, a beginning of a key 100, a word 1,000, and one word all of them; eight words of each
/// entry are drawn from 10,000.
@main
struct RecallBenchmark {
  let count: Int
  var draw = Draw()
  let clock = ContinuousClock()

  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 3, let count = Int(arguments[2]), count > 0 else {
      fatalError("usage: RecallBenchmark DIRECTORY COUNT [CHANGES-BETWEEN-AUTOMATIC-CHECKPOINTS]")
    }
    var options = GovernorOptions()
    if arguments.count > 3, let changes = Int(arguments[3]) {
      options.log.automaticCheckpointChangeCount = changes
      options.engineTimeout = .seconds(120)
    }
    let governor = try await Governor.open(at: FilePath(arguments[1]), options: options)
    let run = try await governor.start(RunDescription(agent: "benchmark", mission: "m"))
    var benchmark = RecallBenchmark(count: count)
    // A store that was filled before is only recalled from.
    if try await run.recall(.key(key(0))).isEmpty {
      try await benchmark.remember(run)
      try await run.checkpoint(label: "done")
    }
    try await benchmark.recall(run)
    try await run.end()
    await governor.close()
  }

  mutating func remember(_ run: GovernedRun) async throws {
    let start = clock.now
    var last = start
    let step = max(1, count / 10)
    for number in 0..<count {
      try await run.remember(
        Self.key(number), text(number), tags: ["t\(number / 10)", "u\(number % 7)"])
      guard (number + 1) % step == 0 else { continue }
      let now = clock.now
      print("remembered \(number + 1), now \(rate(step, now - last)) per second")
      last = now
    }
    print("remember: \(rate(count, clock.now - start)) per second")
  }

  mutating func recall(_ run: GovernedRun) async throws {
    let words = max(1, count / 1000)
    try await measure("key", run, 2000) { .key(Self.key($0)) }
    try await measure("tag of 10", run, 2000) { .tags("t\($0 / 10)") }
    try await measure("prefix of 100", run, 1000) { .prefix("item/\($0 / 100)/") }
    try await measure("word of 1000", run, 1000) { .words("k\($0 % words)") }
    try await measure("word of 1000 and a drawn one", run, 200) {
      .words("k\($0 % words) v\($0 % 10_000)")
    }
    try await measure("word of all", run, 200) { _ in .words("common") }
    try await measure("word of all and word of 1000", run, 10) { .words("common k\($0 % words)") }
    try await measure("word of all and tag of 10", run, 10) {
      MemoryQuery(tags: ["t\($0 / 10)"], words: "common")
    }
    try await measure("everything", run, 5) { _ in MemoryQuery() }
  }

  private static func key(_ number: Int) -> String { "item/\(number / 100)/\(number)" }

  private mutating func text(_ number: Int) -> String {
    var words = ["common", "k\(number % max(1, count / 1000))"]
    for _ in 0..<8 { words.append("v\(Int.random(in: 0..<10_000, using: &draw))") }
    return words.joined(separator: " ")
  }

  private mutating func measure(
    _ name: String, _ run: GovernedRun, _ repetitions: Int, _ query: (Int) -> MemoryQuery
  ) async throws {
    var times: [Duration] = []
    var found = 0
    for _ in 0..<repetitions {
      let query = query(Int.random(in: 0..<count, using: &draw))
      let start = clock.now
      found = try await run.recall(query).count
      times.append(clock.now - start)
    }
    times.sort()
    let median = microseconds(times[repetitions / 2])
    let slow = microseconds(times[repetitions * 99 / 100])
    print("\(name): median \(median) us, p99 \(slow) us, \(found) entries")
  }

  private func rate(_ count: Int, _ time: Duration) -> Int {
    Int(Double(count) / (time / .seconds(1)))
  }

  private func microseconds(_ duration: Duration) -> Int { Int(duration / .microseconds(1)) }
}
