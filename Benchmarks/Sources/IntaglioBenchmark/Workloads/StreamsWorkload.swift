/// One stream among 10,000 that are written at the same time.
struct StreamsWorkload: Workload {
  static let streamCount = 10_000

  var name: String { "streams" }
  var title: String { "One stream among 10,000" }
  var explanation: String {
    """
    256 B. Appended in batches of 1,000 that survive kill -9, no sync, each record to another stream; read back one \
    whole stream at a time, touching every byte. The peers keep an index by stream: SQLite an SQL index, LMDB a \
    second database, RocksDB and LevelDB a second key a record.
    """
  }
  var unit: Unit { .recordsPerSecond }
  var plot: Plot { .bars }

  func cases(_ context: Context) -> [Case] {
    let contenders = Contenders.readers.filter { $0.abilities.contains(.streams) }
    return [
      Case(
        label: "append",
        entrants: contenders.map { contender in
          Entrant(name: contender.name) {
            var appending = Appending(
              context, contender, mode: .writtenBatches, byteCount: 256)
            appending.options.streamCount = Self.streamCount
            appending.stream = { ($0 &* 7919) % Self.streamCount }
            return try appending.measure()
          }
        }),
      Case(
        label: "read one stream",
        entrants: contenders.map { contender in
          let shared = SharedStore(
            context, contender, count: context.settings.readCount, byteCount: 256,
            streamCount: Self.streamCount)
          return Entrant(
            name: contender.name, measure: { try read(shared) }, finish: { try shared.close() })
        }),
    ]
  }

  private func read(_ shared: SharedStore) throws -> Sample {
    let store = try shared.store()
    try store.refresh()
    let meter = Meter()
    var count = 0
    for stream in stride(from: 0, to: Self.streamCount, by: 53) {
      count += try store.readStream(stream)
    }
    return meter.sample(Double(count) / meter.seconds, count: count)
  }
}
