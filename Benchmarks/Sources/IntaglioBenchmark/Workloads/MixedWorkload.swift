import Synchronization

/// One thread reads at random while another one appends durably.
struct MixedWorkload: Workload {
  var name: String { "mixed" }
  var title: String { "Read while another thread writes" }
  var explanation: String {
    """
    256 B; one thread appends batches of 1,000, each synced before the next, while another reads single records at \
    random from a log that begins with 100,000, looking at what is new every 100 reads. Both rates are from the same run.
    """
  }
  var unit: Unit { .recordsPerSecond }
  var plot: Plot { .bars }

  func cases(_ context: Context) -> [Case] {
    let contenders = Contenders.all.filter {
      $0.abilities.contains(.mixed) && $0.modes.contains(.syncedBatches)
    }
    let pairs = contenders.map { _ in Pair() }
    return [
      Case(
        label: "reads",
        entrants: zip(contenders, pairs).map { contender, pair in
          Entrant(name: contender.name) { try measure(context, contender, pair) }
        }),
      Case(
        label: "appends",
        entrants: zip(contenders, pairs).map { contender, pair in
          Entrant(name: contender.name) { try pair.next() }
        }),
    ]
  }

  private func measure(
    _ context: Context, _ contender: any Contender, _ pair: Pair
  ) throws -> Sample {
    try context.withDirectory(contender.name) { directory in
      let store = try contender.open(directory, StoreOptions(mode: .syncedBatches))
      try context.fill(store, count: 100_000, byteCount: 256)
      let corpus = context.corpus
      let slice = context.settings.sliceSeconds * 2
      let meter = Meter()
      let written = Mutex<Result<Int, any Error>>(.success(0))
      let start = nanoseconds()
      let writer = SystemThread {
        let result = Result {
          var count = 0
          while seconds(since: start) < slice {
            let first = count
            try store.append(
              batchOf: Mode.batchCount, { corpus.payload(first + $0, byteCount: 256) },
              stream: { _ in 0 })
            count += Mode.batchCount
          }
          return count
        }
        written.withLock { $0 = result }
      }
      let reads = Result { try read(store, for: slice) }
      writer.join()
      let elapsed = meter.seconds
      let appended = try written.withLock { $0 }.get()
      pair.keep(Sample(value: Double(appended) / elapsed, count: appended))
      let sample = meter.sample(Double(try reads.get()) / elapsed, count: try reads.get())
      try store.close()
      return sample
    }
  }

  private func read(_ store: any Store, for slice: Double) throws -> Int {
    let start = nanoseconds()
    var random = SplitMix(state: 11)
    var sum: UInt64 = 0
    var count = 0
    while seconds(since: start) < slice {
      try store.refresh()
      for _ in 0..<100 { sum &+= try store.read(Int(random.next() % 100_000)) }
      count += 100
    }
    keep(sum)
    return count
  }
}
