/// Appends for a slice of time into a new log, and takes the costs.
struct Appending {
  let context: Context
  let contender: any Contender
  let byteCount: Int
  var options: StoreOptions
  var stream: (Int) -> Int = { _ in 0 }

  init(_ context: Context, _ contender: any Contender, mode: Mode, byteCount: Int) {
    self.context = context
    self.contender = contender
    self.byteCount = byteCount
    options = StoreOptions(mode: mode)
    // About a gigabyte a second: more than any disk of today takes with syncs.
    let expected = Int(context.settings.sliceSeconds * (mode.isBatched ? 1e9 : 5e7))
    options.expectedByteCount = min(context.settings.byteLimit, expected)
  }

  func measure() throws -> Sample {
    try context.withDirectory(contender.name) { directory in
      let store = try contender.open(directory, options)
      let warmCount = context.settings.warmByteCount / (byteCount + 128)
      try context.fill(store, count: warmCount, byteCount: byteCount, stream: stream)
      let meter = Meter()
      let count = try append(to: store, from: warmCount)
      try store.settle()
      var sample = meter.sample(Double(count) / meter.seconds, count: count)
      try store.close()
      let share = Double(count) / Double(count + warmCount)
      sample.diskByteCount = Int(Double(diskByteCount(directory)) * share)
      return sample
    }
  }

  /// Appends until the slice is over, and returns how many records those are.
  private func append(to store: any Store, from start: Int) throws -> Int {
    let corpus = context.corpus
    let byteCount = byteCount
    let limit = start + context.settings.byteLimit / (byteCount + 128)
    let began = nanoseconds()
    var index = start
    while index < limit, seconds(since: began) < context.settings.sliceSeconds {
      let first = index
      if options.mode.isBatched {
        try store.append(
          batchOf: Mode.batchCount, { corpus.payload(first + $0, byteCount: byteCount) },
          stream: { stream(first + $0) })
        index += Mode.batchCount
      } else {
        // The clock is read for every few records only, where they cost little more than that.
        let few = options.mode == .buffered ? 64 : 8
        for next in first..<first + few {
          try store.append(corpus.payload(next, byteCount: byteCount), stream: stream(next))
        }
        index += few
      }
    }
    return index - start
  }
}
