/// How fast one thread appends, in one mode, by record size.
struct AppendWorkload: Workload {
  let mode: Mode
  /// Bytes of a payload, in a quick run and in a full one.
  let quick: [Int]
  let full: [Int]

  var name: String { "append-\(mode.rawValue)" }
  var title: String {
    switch mode {
    case .buffered: "Append, no sync, acknowledged when ordered"
    case .written: "Append, no sync, each survives kill -9"
    case .writtenBatches: "Append, no sync, batches survive kill -9"
    case .synced: "Append, each durable"
    case .syncedBatches: "Append, batches durable, each waited for"
    case .syncedPipelined: "Append, batches durable, pipelined"
    }
  }
  var explanation: String {
    "One thread; \(mode.explanation). The log begins with 24 MiB; the clock stops when everything is "
      + "acknowledged."
      + (mode == .syncedPipelined ? " SQLite, LMDB, RocksDB and LevelDB have no such mode." : "")
  }
  var unit: Unit { .recordsPerSecond }
  var plot: Plot { full.count > 2 ? .lines : .bars }

  func cases(_ context: Context) -> [Case] {
    (context.settings.isQuick ? quick : full).map { size in
      Case(
        label: sizeLabel(size), x: Double(size),
        entrants: Contenders.all.filter { $0.modes.contains(mode) }.map { contender in
          Entrant(name: contender.name) {
            try Appending(context, contender, mode: mode, byteCount: size).measure()
          }
        })
    }
  }
}
