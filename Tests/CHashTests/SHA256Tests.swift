import CHash
import Crypto
import Foundation
import Testing

extension CHashTests {
  @Suite("SHA-256")
  struct SHA256Tests {
    @Test("The examples of NIST give the digests of NIST", arguments: Implementation.allCases)
    func examples(implementation: Implementation) {
      implementation.use {
        for (message, digest) in examplesOfNIST {
          #expect(hexadecimal(sha256(Array(message.utf8))) == digest, "\(message.prefix(40))")
        }
      }
    }

    @Test("An empty message may have no address, alone, in a pair and among many")
    func emptyMessages() {
      let empty = examplesOfNIST[0].digest
      let missing: [UnsafeRawPointer?] = [nil, nil, nil, nil]
      let pair = digest { chash_sha256_pair(nil, 0, nil, 0, $0) }
      var digests = [UInt8](repeating: 0, count: 4 * 32)

      #expect(hexadecimal(digest { chash_sha256(nil, 0, $0) }) == empty)
      #expect(hexadecimal(pair) == empty)
      chash_sha256_many(missing, [0, 0, 0, 0], 4, &digests)
      #expect(hexadecimal(digests) == String(repeating: empty, count: 4))
      chash_sha256_many(nil, nil, 0, nil)
    }

    /// Ten thousand at a time, so that a case costs only its hashes: this also runs without
    /// optimisation.
    @Test("A million random messages hash as swift-crypto hashes them")
    func million() {
      var random = SeededGenerator.announced()
      for _ in 0..<100 {
        var counts = (0..<10_000).map { _ in Int.random(in: 0...300, using: &random) }
        counts[0] = Int.random(in: 0...100_000, using: &random)
        let batch = MessageBatch(counts: counts, using: &random)
        for implementation in Implementation.allCases {
          let difference = implementation.use { batch.firstDifferenceOfMany() }
          #expect(difference == nil, "\(implementation): message of \(difference ?? 0) bytes")
        }
        let difference = batch.firstDifferenceOneByOne()
        #expect(difference == nil, "one by one: message of \(difference ?? 0) bytes")
      }
    }

    @Test(
      "Every length around a block's end hashes as swift-crypto hashes it",
      arguments: Implementation.allCases)
    func lengths(implementation: Implementation) {
      var random = SeededGenerator.announced()
      let batch = MessageBatch(counts: Array(0...600), using: &random)
      implementation.use {
        #expect(batch.firstDifferenceOneByOne() == nil)
        #expect(batch.firstDifferenceOfMany() == nil)
      }
    }

    @Test(
      "Many messages hash as they do one by one, whatever their number and lengths",
      arguments: Implementation.allCases)
    func mixes(implementation: Implementation) {
      var random = SeededGenerator.announced()
      let edges = [0, 1, 55, 56, 63, 64, 65, 112, 119, 120, 127, 128, 129, 4096]
      implementation.use {
        for round in 0..<3_300 {
          let counts = (0..<round % 11).map { _ in
            Bool.random(using: &random)
              ? edges.randomElement(using: &random)! : Int.random(in: 0...2_000, using: &random)
          }
          let batch = MessageBatch(counts: counts, using: &random, hashing: .oneByOne)
          #expect(batch.firstDifferenceOfMany() == nil, "\(counts)")
        }
      }
    }

    @Test(
      "A pair hashes as its two ranges joined, wherever the cut is",
      arguments: Implementation.allCases)
    func pairs(implementation: Implementation) {
      var random = SeededGenerator.announced()
      implementation.use {
        for count in [0, 1, 55, 56, 63, 64, 65, 112, 119, 120, 127, 128, 129, 200, 500] {
          let message = RandomBytes.message(count: count, using: &random)
          let whole = digest { chash_sha256(message.baseAddress, count, $0) }
          for cut in 0...count {
            let (first, second) = (message.prefix(cut), message.dropFirst(cut))
            let joined = digest {
              chash_sha256_pair(
                UnsafeRawBufferPointer(rebasing: first).baseAddress, cut,
                UnsafeRawBufferPointer(rebasing: second).baseAddress, count - cut, $0)
            }
            #expect(joined == whole, "\(cut) of \(count)")
          }
        }
      }
    }

    @Test(
      "The chain step is the hash of the prepared block, the previous value and the order",
      arguments: Implementation.allCases)
    func chain(implementation: Implementation) {
      var random = SeededGenerator.announced()
      implementation.use {
        for _ in 0..<1_000 {
          let message = RandomBytes.message(count: 112, using: &random)
          let bytes = message.bindMemory(to: UInt8.self).baseAddress!
          var prepared = chash_sha256_initial()
          chash_sha256_blocks(&prepared, bytes, 1)
          let value = digest { chash_sha256_chain(&prepared, bytes + 64, bytes + 96, $0) }
          #expect(value == Array(SHA256.hash(data: message)))
        }
      }
    }

    @Test(
      "Links hashed together are the hashes of their three places joined",
      arguments: Implementation.allCases)
    func links(implementation: Implementation) {
      var random = SeededGenerator.announced()
      implementation.use {
        for count in 0...40 {
          // Each part anywhere, as the frames of a log have them.
          let parts = (0..<count).map { _ in
            [64, 32, 16].map { RandomBytes.message(count: $0, using: &random) }
          }
          let links = parts.map { part in
            chash_link(
              prepared: part[0].bindMemory(to: UInt8.self).baseAddress,
              previous: part[1].bindMemory(to: UInt8.self).baseAddress,
              ordered: part[2].bindMemory(to: UInt8.self).baseAddress)
          }
          var digests = [UInt8](repeating: 0, count: count * 32)
          chash_sha256_links(links, count, &digests)
          for index in 0..<count {
            let expected = Array(SHA256.hash(data: Array(parts[index].joined())))
            #expect(Array(digests[index * 32..<index * 32 + 32]) == expected)
          }
        }
      }
    }

    @Test("A chain step may write its value over the previous one")
    func chainInPlace() {
      for implementation in Implementation.allCases {
        implementation.use {
          var prepared = chash_sha256_initial()
          var message = [UInt8](repeating: 0, count: 112)
          chash_sha256_blocks(&prepared, message, 1)
          for _ in 0..<10 {
            let expected = Array(SHA256.hash(data: message))
            message.withUnsafeMutableBufferPointer {
              let previous = $0.baseAddress! + 64
              chash_sha256_chain(&prepared, previous, previous + 32, previous)
            }
            #expect(Array(message[64..<96]) == expected)
          }
        }
      }
    }

    @Test(
      "A chain step may write its value over the prepared state", arguments: Implementation.allCases
    )
    func chainOverState(implementation: Implementation) {
      var random = SeededGenerator.announced()
      implementation.use {
        for _ in 0..<100 {
          let message = RandomBytes.message(count: 112, using: &random)
          let bytes = message.bindMemory(to: UInt8.self).baseAddress!
          var prepared = chash_sha256_initial()
          chash_sha256_blocks(&prepared, bytes, 1)
          withUnsafeMutableBytes(of: &prepared) { state in
            let address = state.baseAddress!
            chash_sha256_chain(
              address.assumingMemoryBound(to: chash_sha256_state.self), bytes + 64, bytes + 96,
              address.assumingMemoryBound(to: UInt8.self))
          }
          let value = withUnsafeBytes(of: prepared) { Array($0) }
          #expect(value == Array(SHA256.hash(data: message)))
        }
      }
    }

    @Test(
      "A chain of many links is that of its links one by one", arguments: Implementation.allCases)
    func chainOfMany(implementation: Implementation) {
      var random = SeededGenerator.announced()
      implementation.use {
        for count in 0...40 {
          let prepared = RandomBytes.message(count: 64 * count, using: &random)
          let start = RandomBytes.message(count: 32, using: &random)
          // Numbers that count beyond a word's half.
          let first = UInt64(UInt32.max) - UInt64.random(in: 0...40, using: &random)
          let time = UInt64.random(in: 0...UInt64.max, using: &random)
          var states = [chash_sha256_state](repeating: .init(), count: count + 1)
          let prepares = Bool.random(using: &random)
          let stateCount =
            prepares ? chash_sha256_chain_prepare(prepared.baseAddress, count, &states) : 0
          // The values may lie where the states do.
          states.withUnsafeMutableBytes { bytes in
            bytes[(count * 32)...].copyBytes(from: [UInt8](repeating: 0xAA, count: 32))
            chash_sha256_chain_many(
              prepared.baseAddress, count,
              bytes.bindMemory(to: chash_sha256_state.self).baseAddress, stateCount,
              start.bindMemory(to: UInt8.self).baseAddress, first, time,
              bytes.baseAddress!.assumingMemoryBound(to: UInt8.self))
          }
          let chains = states.withUnsafeBytes { Array($0) }
          var previous = Array(start)
          for index in 0..<count {
            var message = prepared[64 * index..<64 * index + 64] + previous
            for word in [first + UInt64(index), time] {
              withUnsafeBytes(of: word.littleEndian) { message += $0 }
            }
            previous = Array(SHA256.hash(data: message))
            #expect(Array(chains[32 * index..<32 * index + 32]) == previous, "\(index) of \(count)")
          }
          #expect(chains.suffix(32).allSatisfy { $0 == 0xAA })
        }
      }
    }

    @Test(
      "Sums of many messages have the digests and checksums that they have alone",
      arguments: Implementation.allCases)
    func sums(implementation: Implementation) {
      var random = SeededGenerator.announced()
      implementation.use {
        for round in 0..<200 {
          let contents = (0..<round % 20).map { _ in
            RandomBytes.message(
              count: Bool.random(using: &random)
                ? [0, 1, 55, 56, 63, 64, 65, 127, 128, 4096].randomElement(using: &random)!
                : Int.random(in: 0...700, using: &random), using: &random)
          }
          var sums = [chash_sum](repeating: .init(), count: contents.count + 1)
          chash_sum_many(
            contents.map { UnsafeRawPointer($0.baseAddress) }, contents.map(\.count),
            contents.count, &sums)
          for (content, sum) in zip(contents, sums) { #expect(sum.holds(for: content)) }
          #expect(sums[contents.count].crc == 0)
        }
      }
    }

    @Test(
      "Blocks compressed in any portions give one state, and the state gives the digest",
      arguments: Implementation.allCases)
    func blocks(implementation: Implementation) {
      var random = SeededGenerator.announced()
      let message = RandomBytes.message(count: 20 * 64, using: &random)
      var padding = [UInt8](repeating: 0, count: 64)
      padding[0] = 0x80
      padding[62] = 0x28  // 20 * 64 * 8 bits are 0x2800
      implementation.use {
        for cut in 0...20 {
          var state = chash_sha256_initial()
          chash_sha256_blocks(&state, message.baseAddress!, cut)
          chash_sha256_blocks(&state, message.baseAddress! + 64 * cut, 20 - cut)
          chash_sha256_blocks(&state, padding, 1)
          let value = digest { chash_sha256_bytes(&state, $0) }
          #expect(value == Array(SHA256.hash(data: message)), "\(cut)")
        }
      }
    }
  }
}

/// FIPS 180-2, appendix B, and the empty message of the CAVP vectors.
private let examplesOfNIST: [(message: String, digest: String)] = [
  ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
  ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
  (
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
  ),
  (
    "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
      + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
    "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
  ),
  (
    String(repeating: "a", count: 1_000_000),
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
  ),
]
