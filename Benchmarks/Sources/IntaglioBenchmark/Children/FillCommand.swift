import ArgumentParser
import Foundation

/// Fills a log, says how many records are acknowledged, and goes on until it is killed.
struct FillCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "fill", shouldDisplay: false)

  @Option var name: String
  // Not "directory", which the command above would take for its own, nor "contender".
  @Option var log: String
  @Option var count: Int
  @Option var byteCount: Int

  func run() throws {
    guard let contender = Contenders.named(name) else {
      throw ContenderError("no contender \(name)")
    }
    let context = Context(
      corpus: Corpus(tracesIn: Command.traces), directory: log, settings: .quick)
    let store = try contender.open(log, StoreOptions(mode: .writtenBatches))
    let found = try store.count()
    // A thousand more each time, so that there is always something new at the end.
    var written = max(count, found + Mode.batchCount)
    try context.fill(store, count: written - found, byteCount: byteCount, from: found)
    tell("\(written)")
    while true {
      try context.fill(store, count: Mode.batchCount, byteCount: byteCount, from: written)
      written += Mode.batchCount
      usleep(500)
    }
  }
}
