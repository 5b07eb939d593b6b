/// What compressing real text costs and saves.
struct CompressionWorkload: Workload {
  var name: String { "compression" }
  var title: String { "Compression of real text" }
  var explanation: String {
    """
    Batches of 1,000 that survive kill -9, no sync. Intaglio compresses each payload alone (LZ4), so that a record can be \
    read, proved and erased alone; RocksDB (LZ4) and LevelDB (Snappy) compress blocks of many records when they \
    write tables, which happens here when the clock has stopped. What it saves is in the column of bytes on disk.
    """
  }
  var unit: Unit { .recordsPerSecond }
  var plot: Plot { .bars }

  func cases(_ context: Context) -> [Case] {
    let contenders = Contenders.all.filter { $0.abilities.contains(.compression) }
    return (context.settings.isQuick ? [1024] : [1024, 8192]).flatMap { size in
      [false, true].map { compresses in
        Case(
          label: "\(sizeLabel(size)), \(compresses ? "on" : "off")",
          entrants: contenders.map { contender in
            Entrant(name: contender.name) {
              var appending = Appending(
                context, contender, mode: .writtenBatches, byteCount: size)
              appending.options.compresses = compresses
              return try appending.measure()
            }
          })
      }
    }
  }
}
