import CHash
import Testing

extension CHashTests {
  @Suite("CRC-32C")
  struct CRC32CTests {
    @Test(
      "The examples of RFC 3720 give the values of RFC 3720", arguments: Implementation.allCases)
    func examples(implementation: Implementation) {
      implementation.use {
        for (message, value) in examplesOfRFC3720 {
          #expect(chash_crc32c(0, message, message.count) == value)
        }
        #expect(chash_crc32c(0, Array("123456789".utf8), 9) == 0xe306_9283)
        #expect(chash_crc32c(0, nil, 0) == 0)
        #expect(chash_crc32c(0xe306_9283, nil, 0) == 0xe306_9283)
      }
    }

    @Test("Every length gives the value of the definition", arguments: Implementation.allCases)
    func definition(implementation: Implementation) {
      var random = SeededGenerator.announced()
      let message = RandomBytes.message(count: 7_000, using: &random)
      implementation.use {
        var register = ~UInt32(0)
        for count in 0...message.count {
          let value = chash_crc32c(0, message.baseAddress, count)
          if value != ~register { Issue.record("\(count) bytes: \(value), not \(~register)") }
          if count < message.count { append(message[count], to: &register) }
        }
      }
    }

    @Test(
      "A message fed in pieces gives the value of the whole message",
      arguments: Implementation.allCases)
    func pieces(implementation: Implementation) {
      var random = SeededGenerator.announced()
      implementation.use {
        for _ in 0..<2_000 {
          let message = RandomBytes.message(
            count: Int.random(in: 0...20_000, using: &random), using: &random)
          let whole = chash_crc32c(0, message.baseAddress, message.count)
          var crc: UInt32 = 0
          var rest = message[...]
          while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 0...8_000, using: &random))
            crc = chash_crc32c(
              crc, UnsafeRawBufferPointer(rebasing: piece).baseAddress, piece.count)
            rest = rest.dropFirst(piece.count)
          }
          #expect(crc == whole)
        }
      }
    }

    @Test(
      "Two ranges and eight bytes at once give the value of all of them one after the other",
      arguments: Implementation.allCases)
    func joined(implementation: Implementation) {
      var random = SeededGenerator.announced()
      implementation.use {
        for round in 0..<2_000 {
          let first = RandomBytes.message(
            count: round < 1_000 ? round : Int.random(in: 0...20_000, using: &random),
            using: &random)
          let second = RandomBytes.message(
            count: Int.random(in: 0...20, using: &random), using: &random)
          let last = UInt64.random(in: 0...UInt64.max, using: &random)
          let message = Array(first) + Array(second) + (0..<8).map { UInt8(last >> ($0 * 8) & 255) }
          let start = UInt32.random(in: 0...UInt32.max, using: &random)
          let value = chash_crc32c_joined(
            start, first.baseAddress, first.count, second.baseAddress, second.count, last)
          #expect(value == chash_crc32c(start, message, message.count))
        }
      }
    }

    @Test("The portable value is the fastest value, at any length, alignment and start")
    func agreement() {
      var random = SeededGenerator.announced()
      for round in 0..<20_000 {
        let most = round % 100 == 0 ? 100_000 : 2_000
        let message = RandomBytes.message(
          count: Int.random(in: 0...most, using: &random), using: &random)
        let start = UInt32.random(in: 0...UInt32.max, using: &random)
        let fastest = Implementation.fastest.use {
          chash_crc32c(start, message.baseAddress, message.count)
        }
        let portable = Implementation.portable.use {
          chash_crc32c(start, message.baseAddress, message.count)
        }
        if fastest != portable { Issue.record("\(message.count) bytes from \(start)") }
      }
    }
  }
}

/// The definition, one bit at a time: the polynomial 0x1edc6f41 with its bits reversed.
private func append(_ byte: UInt8, to register: inout UInt32) {
  register ^= UInt32(byte)
  for _ in 0..<8 {
    register = register >> 1 ^ (register & 1 == 1 ? 0x82f6_3b78 : 0)
  }
}

/// RFC 3720, appendix B.4.
private let examplesOfRFC3720: [(message: [UInt8], value: UInt32)] = [
  ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
  ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43),
  (Array(0..<32), 0x46dd_794e),
  (Array((0..<32).reversed()), 0x113f_db5c),
  (
    [
      0x01, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00,
      0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x18,
      0x28, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    ], 0xd996_3a56
  ),
]
