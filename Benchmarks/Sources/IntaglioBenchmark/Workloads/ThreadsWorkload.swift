import Synchronization

/// How many durable appends one by one there are a second, by threads that wait, and how long each takes.
struct ThreadsWorkload: Workload {
  var name: String { "durable-threads" }
  var title: String { "Append, each durable, by threads waiting" }
  var explanation: String {
    """
    256 B; each thread appends one record, waits until it survives the loss of power, and appends the next. \
    SQLite, LMDB and JSON Lines write one after the other; Intaglio, plain C, RocksDB and LevelDB share syncs. \
    Plain C writes into space that was zeroed before the clock ran.
    """
  }
  var unit: Unit { .recordsPerSecond }
  var plot: Plot { .lines }
  var axis: String? { "threads" }

  func cases(_ context: Context) -> [Case] {
    (context.settings.isQuick ? [1, 64] : [1, 8, 64, 256]).map { threadCount in
      Case(
        label: threadCount == 1 ? "1 thread" : "\(threadCount) threads", x: Double(threadCount),
        entrants: Contenders.all
          .filter { $0.modes.contains(.synced) && $0.abilities.contains(.threads) }
          .map { contender in
            let latencies = Latencies()
            return Entrant(name: contender.name, latencies: latencies) {
              try measure(context, contender, threadCount, latencies)
            }
          })
    }
  }

  private func measure(
    _ context: Context, _ contender: any Contender, _ threadCount: Int, _ latencies: Latencies
  ) throws -> Sample {
    var options = StoreOptions(mode: .synced)
    options.threadCount = threadCount
    options.expectedByteCount = threadCount == 1 ? 16 << 20 : 64 << 20
    return try context.withDirectory(contender.name) { [options] directory in
      let store = try contender.open(directory, options)
      let corpus = context.corpus
      let slice = context.settings.sliceSeconds * 2
      // The first append of a log pays for things that none after it does.
      try store.append(corpus.payload(0, byteCount: 256), stream: 0)
      let outcome = Mutex<(all: [UInt64], failure: (any Error)?)>(([], nil))
      let meter = Meter()
      let start = nanoseconds()
      inParallel(threadCount) { thread in
        var taken: [UInt64] = []
        taken.reserveCapacity(10_000)
        do {
          while seconds(since: start) < slice {
            let payload = corpus.payload(thread * 1009 + taken.count, byteCount: 256)
            let before = nanoseconds()
            try store.append(payload, stream: 0)
            taken.append(nanoseconds() - before)
          }
        } catch { outcome.withLock { $0.failure = error } }
        outcome.withLock { [taken] in $0.all += taken }
      }
      let elapsed = meter.seconds
      let (all, failure) = outcome.withLock { $0 }
      if let failure { throw failure }
      var sample = meter.sample(Double(all.count) / elapsed, count: all.count)
      latencies.record(all)
      try store.close()
      sample.diskByteCount = diskByteCount(directory)
      return sample
    }
  }
}
