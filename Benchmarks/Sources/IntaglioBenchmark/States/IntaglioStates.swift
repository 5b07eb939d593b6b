import Intaglio
import SystemPackage

/// A state space of a log; every change is also a record of the chain.
final class IntaglioStates: StateStore {
  private let log: Log
  private let space: StateSpace
  private let corpus: Corpus
  private var kept: [Checkpoint] = []

  init(_ directory: String, _ corpus: Corpus) throws {
    var options = LogOptions()
    // Checkpoints are made where the clock runs.
    options.automaticCheckpointChangeCount = 100_000
    log = try Log.open(
      at: FilePath(directory).appending("log"), creatingIfMissing: true, options: options)
    space = try log.state
    self.corpus = corpus
  }

  func set(_ keys: Range<Int>, stride: Int, round: Int) throws {
    let all = Swift.stride(from: keys.lowerBound, to: keys.upperBound, by: stride).map { $0 }
    var receipt: Receipt?
    // A transaction has a limit, which others do not have.
    for start in Swift.stride(from: 0, to: all.count, by: 5000) {
      receipt = try space.transaction { state in
        for key in all[start..<min(start + 5000, all.count)] {
          try state.set(
            Array(corpus.stateValue(key, round: round)), "memory", Corpus.stateKey(key))
        }
      }
    }
    try receipt?.wait()
  }

  func checkpoint() throws { kept.append(try space.checkpoint(label: "")) }

  func rollBack() throws {
    try space.rollback(to: kept[kept.count - 2], reason: "benchmark", by: "benchmark")
  }

  func countDifferences() throws -> Int {
    var count = 0
    try space.state(at: kept[kept.count - 2])
      .forEachDifference(to: space.state(at: kept[kept.count - 1])) { _ in count += 1 }
    return count
  }

  func readKept(_ key: Int) throws -> Int {
    // Found by its number, as who has just opened the log would.
    let checkpoint = try space.checkpoint(at: kept[kept.count - 2].sequence)
    return try space.state(at: checkpoint).value("memory", Corpus.stateKey(key))?.count ?? 0
  }

  func close() throws { try log.close() }
}
