// A writer for tests to kill: appends with several threads, and prints each acknowledgement as "sequence chain"; with
// `states`, changes a state with each thread; with `governor`, governs runs in a store instead.
//
// Usage: IntaglioTestWriter DIRECTORY THREADS SEED [synced|periodic|written|states|governor]

import Glibc
import Intaglio

import IntaglioStorage
import IntaglioTestSupport
import SystemPackage

let arguments = CommandLine.arguments
guard (4...5).contains(arguments.count), let threadCount = Int(arguments[2]),
  let seed = UInt64(arguments[3])
else {
  print(
    "usage: IntaglioTestWriter DIRECTORY THREADS SEED [synced|periodic|written|states|governor]")
  exit(2)
}
var options = LogOptions()
options.segmentByteCount = 64 << 10
options.compression = .lz4(minimumByteCount: 512)
options.automaticCheckpointChangeCount = 64
options.durability =
  switch arguments.last {
  case "written": .written
  case "periodic": .periodic(milliseconds: 5, byteCount: 50_000)
  default: .synced
  }

/// One write(2) a line: what was printed before the kill arrives whole.
@Sendable func printLine(_ line: String) {
  let bytes = Array((line + "\n").utf8)
  _ = unsafe bytes.withUnsafeBytes { unsafe write(1, $0.baseAddress, $0.count) }
}

@Sendable func work(_ log: Log, _ number: Int) throws {
  var generator = SeededGenerator(seed: seed &+ UInt64(number))
  let stream = try log.stream(named: "thread \(number)")
  while true {
    let receipt: Receipt
    if Bool.random(using: &generator) {
      var batch = Batch()
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let byteCount = Int.random(in: 0...3000, using: &generator)
        try batch.append(generator.bytes(count: byteCount), to: stream)
      }
      receipt = try log.append(batch)
    } else {
      let byteCount = Int.random(in: 0...200, using: &generator)
      receipt = try log.append(generator.bytes(count: byteCount), to: stream)
    }
    guard Bool.random(using: &generator) else { continue }
    try receipt.wait()
    printLine("\(receipt.sequence) \(receipt.chain)")
  }
}

do {
  if arguments.last == "governor" {
    try await govern(at: FilePath(arguments[1]), runCount: threadCount, seed: seed)
  }
  let log = try Log.open(
    at: FilePath(arguments[1]), creatingIfMissing: true, options: options)
  printLine("open")
  let threads = (0..<threadCount).map { number in
    BackgroundThread {
      do {
        if arguments.last == "states" {
          try writeStates(log, number, seed: seed)
        } else {
          try work(log, number)
        }
      } catch { printLine("error \(error)") }
    }
  }
  for thread in threads { thread.join() }
} catch {
  printLine("error \(error)")
  exit(1)
}
