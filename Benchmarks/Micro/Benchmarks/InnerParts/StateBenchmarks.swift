import Benchmark
import Intaglio

/// The nodes of a state's tree: reading them, and making those above changes, with 20,000 keys in three levels.
func stateBenchmarks() {
  Benchmark("state: look up a key, three nodes") { benchmark in
    let scratch = try ScratchLog()
    defer { scratch.remove() }
    let view = try scratch.filledState(keyCount: 20_000).current
    try benchmark.measuringAllocations {
      for index in 0..<1000 {
        blackHole(try view.value("memory", "key \(index * 7919 % 20_000)"))
      }
    }
  }

  Benchmark("state: the root with 1000 keys changed") { benchmark in
    let scratch = try ScratchLog()
    defer { scratch.remove() }
    let space = try scratch.filledState(keyCount: 20_000)
    try space.transaction { state in
      for index in 0..<1000 { try state.set([1], "memory", "key \(index * 7919 % 20_000)") }
    }
    let view = space.current
    try benchmark.measuringAllocations { blackHole(try view.root()) }
  }
}

extension ScratchLog {
  /// A state with so many keys, all of them in its newest checkpoint.
  fileprivate func filledState(keyCount: Int) throws -> StateSpace {
    let space = try log.state
    for start in stride(from: 0, to: keyCount, by: 5000) {
      try space.transaction { state in
        for key in start..<min(start + 5000, keyCount) {
          try state.set([0], "memory", "key \(key)")
        }
      }
    }
    try space.checkpoint(label: "")
    return space
  }
}
