import CHash
import Crypto
import Foundation
import Testing

extension CHashTests {
  @Suite("Sums of a queue")
  struct QueueTests {
    /// Messages that lie one after the other in memory that grows, and may move, as they come.
    private struct Growing {
      var bytes: [UInt8] = []
      var messages: [chash_message] = []
      var sums: [chash_sum] = []
      var queue = chash_queue()

      mutating func add(_ message: UnsafeRawBufferPointer) {
        messages.append(
          chash_message(
            offset: bytes.count, byte_count: message.count, sum_index: messages.count))
        bytes += message
        sums.append(chash_sum())
      }

      mutating func advance(_ blockCount: Int) {
        chash_queue_advance(&queue, bytes, messages, messages.count, &sums, blockCount)
      }

      mutating func finish() {
        chash_queue_finish(&queue, bytes, messages, messages.count, &sums)
      }

      /// The first message that has another sum than it has by itself.
      var firstDifference: Int? {
        messages.indices.first { index in
          let message = messages[index]
          return !sums[index].holds(
            for: bytes[message.offset..<message.offset + message.byte_count])
        }
      }
    }

    private static let edges = [0, 1, 55, 56, 63, 64, 65, 119, 120, 127, 128, 129, 4096]

    private static func count(using random: inout SeededGenerator) -> Int {
      Bool.random(using: &random)
        ? edges.randomElement(using: &random)! : Int.random(in: 0...700, using: &random)
    }

    @Test(
      "Messages that come one by one hash as swift-crypto hashes them, in whatever steps",
      arguments: Implementation.allCases)
    func steps(implementation: Implementation) {
      var random = SeededGenerator.announced()
      implementation.use {
        for round in 0..<300 {
          var growing = Growing()
          for _ in 0..<round % 40 {
            let count = Self.count(using: &random)
            if Int.random(in: 0..<5, using: &random) > 0 {
              growing.advance(
                Bool.random(using: &random)
                  ? count / 64 + 1 : Int.random(in: 0...100, using: &random))
            }
            growing.add(RandomBytes.message(count: count, using: &random))
          }
          growing.finish()
          #expect(growing.firstDifference == nil, "\(growing.messages.map(\.byte_count))")
        }
      }
    }

    @Test("Whoever goes on may have other lanes than who began")
    func switching() {
      var random = SeededGenerator.announced()
      for _ in 0..<300 {
        var growing = Growing()
        for _ in 0..<Int.random(in: 0...20, using: &random) {
          growing.add(RandomBytes.message(count: Self.count(using: &random), using: &random))
          let blockCount = Int.random(in: 0...12, using: &random)
          Implementation.allCases.randomElement(using: &random)!.use { growing.advance(blockCount) }
        }
        Implementation.allCases.randomElement(using: &random)!.use { growing.finish() }
        #expect(growing.firstDifference == nil, "\(growing.messages.map(\.byte_count))")
      }
    }

    @Test("A queue's copy goes on by itself")
    func copies() {
      var random = SeededGenerator.announced()
      for _ in 0..<100 {
        var first = Growing()
        for _ in 0..<20 {
          first.add(RandomBytes.message(count: Self.count(using: &random), using: &random))
          first.advance(5)
        }
        var second = first
        for _ in 0..<20 {
          first.add(RandomBytes.message(count: Self.count(using: &random), using: &random))
          second.add(RandomBytes.message(count: Self.count(using: &random), using: &random))
          first.advance(7)
          second.advance(3)
        }
        first.finish()
        second.finish()
        #expect(first.firstDifference == nil && second.firstDifference == nil)
      }
    }

    @Test("Where messages take more than their share of blocks, few wait for the end")
    func keepsUp() {
      var random = SeededGenerator.announced()
      var growing = Growing()
      for _ in 0..<100 {
        growing.add(RandomBytes.message(count: 256, using: &random))
        growing.advance(5)
      }
      #expect(growing.queue.started > 90)
    }

    @Test("An empty queue has nothing to finish, and no address is needed")
    func empty() {
      var queue = chash_queue()
      chash_queue_advance(&queue, nil, nil, 0, nil, 100)
      chash_queue_finish(&queue, nil, nil, 0, nil)
      chash_prefetch(nil, 0)
      #expect(queue.started == 0 && queue.active == 0)
    }
  }
}
