import Benchmark
import Intaglio

/// Building frames and appending them, without waiting: what a caller's thread pays.
func appendBenchmarks() {
  let head = Array(#"{"type":"tool.end","tool":"search","result":"#.utf8)
  let payload = head + [UInt8](repeating: 0x61, count: 256 - head.count)

  Benchmark("append: 1000 records, one by one") { benchmark in
    let scratch = try ScratchLog()
    defer { scratch.remove() }
    // The first segments are small; what is measured is a log that has grown.
    for _ in 0..<40_000 { try scratch.log.append(payload, to: scratch.stream) }
    try scratch.log.synchronize()
    try benchmark.measuringAllocations {
      for _ in 0..<1000 { try scratch.log.append(payload, to: scratch.stream) }
    }
  }

  Benchmark("append: a batch of 1000 records, built") { benchmark in
    let scratch = try ScratchLog()
    defer { scratch.remove() }
    var batch = Batch()
    for _ in 0..<1000 { try batch.append(payload, to: scratch.stream) }
    batch.removeAll()
    try benchmark.measuringAllocations {
      for _ in 0..<1000 { try batch.append(payload, to: scratch.stream) }
    }
  }

  Benchmark("append: a batch of 1000 records, appended") { benchmark in
    let scratch = try ScratchLog()
    defer { scratch.remove() }
    var batch = Batch()
    for _ in 0..<1000 { try batch.append(payload, to: scratch.stream) }
    for _ in 0..<40 { try scratch.log.append(batch) }
    try scratch.log.synchronize()
    try benchmark.measuringAllocations { try scratch.log.append(batch) }
  }
}
