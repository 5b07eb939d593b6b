import Benchmark
import Intaglio

/// Finding and checking records: the index, and the frame behind it.
func readBenchmarks() {
  let payload = [UInt8](repeating: 0x61, count: 256)
  let count = 20_000

  Benchmark("read: 1000 records by number") { benchmark in
    let scratch = try ScratchLog(filledWith: payload, count: count)
    defer { scratch.remove() }
    let snapshot = scratch.log.snapshot()
    try benchmark.measuringAllocations {
      for index in 0..<1000 {
        let sequence = SequenceNumber(UInt64(index * 7919 % count))
        blackHole(try snapshot.record(at: sequence).payloadByteCount)
      }
    }
  }

  Benchmark("read: 1000 records in order") { benchmark in
    let scratch = try ScratchLog(filledWith: payload, count: count)
    defer { scratch.remove() }
    let records = scratch.log.snapshot().records(in: SequenceNumber(50)..<SequenceNumber(1050))
    try benchmark.measuringAllocations {
      for record in records { blackHole(try record.get().payloadByteCount) }
    }
  }
}
