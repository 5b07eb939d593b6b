import Benchmark
import CAllocationCount

/// Heap allocations while a body handled its 1000 records, on all threads.
let allocations = BenchmarkMetric.custom("allocations in 1000 records", polarity: .prefersSmaller)

/// All micro-benchmarks, in the order in which a record passes through the parts.
let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .instructions, allocations],
    warmupIterations: 2,
    scalingFactor: .kilo,
    maxDuration: .seconds(1),
    maxIterations: 200)
  let before = allocation_count()
  blackHole([UInt8](repeating: 0, count: 4096))
  precondition(allocation_count() > before, "the system's allocations are not counted")
  hashBenchmarks()
  appendBenchmarks()
  readBenchmarks()
  stateBenchmarks()
  // The gate's rule gets a file, and a line here.
}

extension Benchmark {
  /// Runs `body`, which handles 1000 records, and counts its allocations.
  func measuringAllocations(_ body: () throws -> Void) throws {
    startMeasurement()
    let before = allocation_count()
    try body()
    let count = Int(allocation_count() - before)
    stopMeasurement()
    // Undoes the scale, which divides what it shows by 1000.
    measurement(allocations, count * 1000)
  }
}
