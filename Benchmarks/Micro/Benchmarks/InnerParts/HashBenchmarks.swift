import Benchmark
import CHash

/// SHA-256 and CRC-32C, of 256 bytes, a thousand times.
func hashBenchmarks() {
  let text = [UInt8](repeating: 0x61, count: 256)

  Benchmark("hash: SHA-256 of 256 B, alone") { benchmark in
    var digest = [UInt8](repeating: 0, count: 32)
    for _ in benchmark.scaledIterations { chash_sha256(text, text.count, &digest) }
    blackHole(digest)
  }

  Benchmark("hash: SHA-256 of 256 B, many in lanes") { benchmark in
    var digests = [UInt8](repeating: 0, count: 32 * 1000)
    text.withUnsafeBytes { text in
      let messages = [UnsafeRawPointer?](repeating: text.baseAddress, count: 1000)
      let counts = [Int](repeating: text.count, count: 1000)
      chash_sha256_many(messages, counts, 1000, &digests)
    }
    blackHole(digests)
  }

  Benchmark("hash: the serial step of an append, one block") { benchmark in
    let state = chash_sha256_initial()
    var chain = [UInt8](repeating: 0, count: 32)
    let ordered = [UInt8](repeating: 1, count: 16)
    for _ in benchmark.scaledIterations {
      let previous = chain
      withUnsafePointer(to: state) { chash_sha256_chain($0, previous, ordered, &chain) }
    }
    blackHole(chain)
  }

  Benchmark("hash: CRC-32C of 384 B") { benchmark in
    let frame = [UInt8](repeating: 0x61, count: 384)
    var crc: UInt32 = 0
    for _ in benchmark.scaledIterations { crc = chash_crc32c(crc, frame, frame.count) }
    blackHole(crc)
  }
}
