import CHash
import Foundation
import Testing

/// All tests of CHash, one after the other, because each chooses implementations for the process.
@Suite("CHash", .serialized)
struct CHashTests {
  @Test("The description names what is in use")
  func description() {
    let names = Implementation.allCases.map { $0.use { String(cString: chash_description()) } }
    #expect(names[1] == "portable")
    switch names[0] {
    case "sha-ni x3, sse4.2":
      #expect(names[2...] == ["sha-ni x1, sse4.2", "sha-ni x2, sse4.2"])
    case "portable, sse4.2", "portable":
      #expect(names[2...] == [names[0], names[0]])
    default:
      Issue.record("unexpected: \(names)")
    }
  }

  @Test("Nothing is read before or behind a message", arguments: Implementation.allCases)
  func guardedPages(implementation: Implementation) throws {
    let page = sysconf(Int32(_SC_PAGESIZE))
    let map = try #require(
      mmap(nil, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
    try #require(map != MAP_FAILED)
    defer { munmap(map, 3 * page) }
    // A touch of the pages around the one in the middle ends the process.
    try #require(mprotect(map, page, PROT_NONE) == 0)
    try #require(mprotect(map + 2 * page, page, PROT_NONE) == 0)
    let middle = map + page
    implementation.use {
      for count in 0...300 {
        let starts = [middle, middle + page - count].map { UnsafeRawPointer($0) }
        for start in starts {
          _ = digest { chash_sha256(start, count, $0) }
          _ = digest {
            chash_sha256_pair(start, count / 2, start + count / 2, count - count / 2, $0)
          }
          _ = chash_crc32c(0, start, count)
        }
        var digests = [UInt8](repeating: 0, count: 4 * 32)
        let messages: [UnsafeRawPointer?] = starts + starts
        chash_sha256_many(messages, [count, count, count, count], 4, &digests)
        var sums = [chash_sum](repeating: .init(), count: 4)
        chash_sum_many(messages, [count, count, count, count], 4, &sums)
        for start in starts {
          let queued = [chash_message(offset: 0, byte_count: count, sum_index: 0)]
          var queue = chash_queue()
          chash_queue_advance(&queue, start, queued, 1, &sums, 1)
          chash_queue_finish(&queue, start, queued, 1, &sums)
          _ = chash_crc32c_joined(0, start, count, start, count, 0)
          chash_prefetch(start, count)
          chash_prefetch_for_writing(start, count)
        }
      }
      // Hints may name any address.
      for address in [UnsafeRawPointer(map), UnsafeRawPointer(middle + page)] {
        chash_prefetch(address, page)
        chash_prefetch_for_writing(address, page)
      }
      chash_prefetch(nil, page)
      chash_prefetch_for_writing(nil, page)
      let blocks = middle + page - 4 * 64
      var states = [chash_sha256_state](repeating: .init(), count: 4)
      let stateCount = chash_sha256_chain_prepare(blocks, 4, &states)
      var chains = [UInt8](repeating: 0, count: 4 * 32)
      chash_sha256_chain_many(
        blocks, 4, states, stateCount,
        (middle + page - 32).assumingMemoryBound(to: UInt8.self), 0, 0, &chains)
      for count in 301...page {
        _ = chash_crc32c(0, middle + page - count, count)
      }
    }
  }

  @Test("A switch of implementations in mid-flight changes no digest")
  func switchingUnderLoad() {
    let message = [UInt8](repeating: 7, count: 1_000)
    let expected = sha256(message)
    DispatchQueue.concurrentPerform(iterations: 4) { worker in
      for round in 0..<2_000 {
        if worker == 0 {
          Implementation.allCases[round % 4].use {}
        } else if sha256(message) != expected {
          Issue.record("round \(round)")
        }
      }
    }
  }
}
