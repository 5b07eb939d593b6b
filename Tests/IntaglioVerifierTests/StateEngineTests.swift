import Intaglio
import IntaglioFormat
import IntaglioStorage
import IntaglioTestSupport
import IntaglioVerifier
import SystemPackage
import Testing

/// Whatever the engine does to its states, the verifier has nothing to say about it.
@Suite("States that the engine writes") struct StateEngineTests {
  private static let components = ["context", "memory", "session", "x"]

  private struct Run {
    var generator: SeededGenerator
    var checkpoints: [[Checkpoint]] = [[], []]

    mutating func step(_ log: Log, _ index: Int) throws {
      let space = try log.stateSpace(named: "space \(index)")
      switch Int.random(in: 0..<100, using: &generator) {
      case 0..<85:
        let count = Int.random(in: 1...(Bool.random(using: &generator) ? 3 : 60), using: &generator)
        try space.transaction { state in
          for _ in 0..<count {
            let number = Int.random(in: 0..<2000, using: &generator)
            let component = components[number % 4]
            let key = "key \(number)" + String(repeating: "k", count: number % 61 == 0 ? 900 : 0)
            if Int.random(in: 0..<3, using: &generator) == 0 {
              try state.remove(component, key)
            } else {
              let byteCount = number % 40 == 0 ? 6000 : number % 50
              let byte = UInt8.random(in: 0...3, using: &generator)
              try state.set([UInt8](repeating: byte, count: byteCount), component, key)
            }
          }
        }
      case 85..<95: checkpoints[index].append(try space.checkpoint(label: "c"))
      default:
        guard let checkpoint = checkpoints[index].randomElement(using: &generator) else { return }
        try space.rollback(to: checkpoint, reason: "r", by: "test")
      }
    }
  }

  private static func options(_ generator: inout SeededGenerator) -> LogOptions {
    var options = LogOptions()
    options.durability = .written
    options.segmentByteCount = 1 << 20
    options.automaticCheckpointChangeCount = Int.random(in: 1...500, using: &generator)
    options.compression =
      Bool.random(using: &generator) ? .none : .lz4(minimumByteCount: 100)
    return options
  }

  @Test func `thousands of steps, reopened in between, have nothing wrong`() throws {
    var run = Run(generator: SeededGenerator(for: "states that the engine writes"))
    for round in 0..<(isDebugBuild ? 1 : 20) {
      run.checkpoints = [[], []]
      let directory = try TemporaryDirectory()
      let path = directory.path(of: "log")
      var log = try Log.open(
        at: path, creatingIfMissing: true, options: Self.options(&run.generator))
      for step in 0..<1500 {
        try run.step(log, Int.random(in: 0..<2, using: &run.generator))
        guard Int.random(in: 0..<300, using: &run.generator) == 0 else { continue }
        let live = try Verifier().verify(path)
        #expect(live.isLive && live.isFaultless, "round \(round), step \(step): \(live)")
        try log.close()
        log = try Log.open(at: path, options: Self.options(&run.generator))
      }
      try log.close()
      let report = try Verifier().verify(path)
      #expect(report.isFaultless, "round \(round): \(report)")
      #expect(report.states?.spaceCount == 2)
    }
  }
}
