import Foundation

/// How long until a log can be written again, and its first record read.
struct ReopenWorkload: Workload {
  var name: String { "reopen" }
  var title: String { "Reopen" }
  var explanation: String {
    """
    Records of 256 B (64 B in the log of 10 million), in the page cache. Another process writes batches without sync \
    and is killed by SIGKILL while it does; then the log is opened for writing. That every acknowledged record \
    is still there is checked each time. "First record" is the time from the beginning of the opening until record 0 is read. \
    The plain C file and JSON Lines have no index: they would have to be read whole.
    """
  }
  var unit: Unit { .milliseconds }
  var plot: Plot { .bars }

  func cases(_ context: Context) -> [Case] {
    context.settings.reopenCounts.flatMap { count in
      let logs = Contenders.readers.filter { $0.abilities.contains(.reopening) }.map {
        KilledLog(context, $0, count: count, byteCount: count > 1_000_000 ? 64 : 256)
      }
      let label = "\(count / 1_000_000) M"
      return [
        Case(
          label: "\(label), after kill -9",
          entrants: logs.map { log in
            Entrant(name: log.contender.name) { try log.reopenAfterKill() }
          }),
        Case(
          label: "\(label), first record",
          entrants: logs.map { log in
            Entrant(name: log.contender.name) { try log.firstRecord.next() }
          }),
        Case(
          label: "\(label), clean",
          entrants: logs.map { log in
            Entrant(
              name: log.contender.name, measure: { try log.reopen() },
              finish: { log.remove() })
          }),
      ]
    }
  }
}

/// A log whose writer is killed again and again.
final class KilledLog {
  let context: Context
  let contender: any Contender
  let firstRecord = Pair()
  private let count: Int
  private let byteCount: Int
  private var directory: String?

  init(_ context: Context, _ contender: any Contender, count: Int, byteCount: Int) {
    self.context = context
    self.contender = contender
    self.count = count
    self.byteCount = byteCount
  }

  func reopenAfterKill() throws -> Sample {
    let directory = try directory ?? context.makeDirectory("killed " + contender.name)
    self.directory = directory
    let child = try Child([
      "fill", "--name", contender.name, "--log", directory, "--count", "\(count)",
      "--byte-count", "\(byteCount)",
    ])
    guard let line = try child.line(), let acknowledged = Int(line) else {
      throw ContenderError("the writer did not get as far as \(count) records")
    }
    // It goes on writing until the signal comes.
    usleep(20_000)
    child.kill()
    let (sample, found) = try timeOpening(directory)
    guard found >= acknowledged else {
      throw ContenderError("\(acknowledged - found) acknowledged records were lost")
    }
    return sample
  }

  func reopen() throws -> Sample {
    guard let directory else { throw NotMeasured() }
    return try timeOpening(directory).sample
  }

  private func timeOpening(_ directory: String) throws -> (sample: Sample, count: Int) {
    let meter = Meter()
    let store = try contender.open(directory, StoreOptions(mode: .writtenBatches))
    let sample = meter.sample(meter.seconds * 1000, count: 1)
    try store.refresh()
    keep(try store.read(0))
    firstRecord.keep(Sample(value: meter.seconds * 1000, count: 1))
    let found = try store.count()
    try store.close()
    return (sample, found)
  }

  func remove() {
    if let directory { context.remove(directory) }
  }
}
