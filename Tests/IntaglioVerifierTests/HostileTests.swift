import Glibc
import IntaglioFormat
import IntaglioVerifier
import Testing

/// Whatever bytes stand in a log, the verifier ends with a report.
@Suite struct HostileTests {
  /// SplitMix64, with a seed that is printed and can be given back in INTAGLIO_SEED.
  private struct Source: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  private static let values: [UInt64] = [0, 1, 2, 255, 1 << 31, 1 << 33, 1 << 63, .max - 1, .max]

  private static func change(_ log: inout LogBuilder, _ source: inout Source) {
    let index = Int.random(in: log.segments.indices, using: &source)
    let count = log.segments[index].bytes.count
    let start = Int.random(in: 0..<count, using: &source)
    let length = Int.random(in: 1...min(3000, count - start), using: &source)
    let range = start..<start + length
    let record = Int.random(in: log.records.indices, using: &source)
    let value = values.randomElement(using: &source)!
    switch Int.random(in: 0..<8, using: &source) {
    case 0: log.segments[index].bytes[start] ^= UInt8.random(in: 1...255, using: &source)
    case 1:
      log.segments[index].bytes.replaceSubrange(
        range, with: [UInt8](repeating: 0, count: length))
    case 2:
      let noise = (0..<length).map { _ in UInt8.random(in: 0...255, using: &source) }
      log.segments[index].bytes.replaceSubrange(range, with: noise)
    case 3:
      let other = Int.random(in: 0...(count - length), using: &source)
      let copy = Array(log.segments[index].bytes[other..<other + length])
      log.segments[index].bytes.replaceSubrange(range, with: copy)
    case 4: log.segments[index].bytes.removeLast(length)
    case 5: log.patch(record, at: [0, 8, 24, 80, 88].randomElement(using: &source)!, value)
    case 6:
      log.segments[index].header.firstSequence = SequenceNumber(value)
      log.segments[index].bytes.replaceSubrange(
        0..<min(4096, count), with: log.segments[index].header.encoded.prefix(count))
    default:
      log.segments[index].header.number = value
      log.segments[index].bytes.replaceSubrange(
        0..<min(4096, count), with: log.segments[index].header.encoded.prefix(count))
    }
  }

  @Test func `random damage of any kind is reported and stops nothing`() throws {
    let given = unsafe getenv("INTAGLIO_SEED").flatMap { unsafe UInt64(String(cString: $0)) }
    let seed = given ?? UInt64.random(in: 0...UInt64.max)
    var source = Source(state: seed)
    let whole = LogBuilder(count: 60, byteCount: 300, capacity: 12 << 10)
    for round in 0..<300 {
      var log = whole
      for _ in 0..<Int.random(in: 1...4, using: &source) { Self.change(&log, &source) }
      let isSame = zip(log.segments, whole.segments).allSatisfy { $0.bytes == $1.bytes }
      let place = try TemporaryLog(log)
      let one = try place.verify { $0.threadCount = 1 }
      let isNamedRight = zip(log.segments, whole.segments).allSatisfy {
        $0.header.firstSequence == $1.header.firstSequence
      }
      #expect(one.isFaultless == (isSame && isNamedRight), "seed \(seed), round \(round): \(one)")
      let two = try place.verify {
        $0.threadCount = 2
        $0.chunkByteCount = 1000
      }
      #expect(one.description == two.description, "seed \(seed), round \(round)")
    }
  }
}

extension LogBuilder {
  /// Puts `value`, little-endian, into the frame of a record, if its segment is long enough still.
  fileprivate mutating func patch(_ record: Int, at offset: Int, _ value: UInt64) {
    let place = records[record]
    var bytes = ByteBuilder()
    bytes.append(value)
    let start = place.offset + offset
    guard start + 8 <= segments[place.segmentIndex].bytes.count else { return }
    segments[place.segmentIndex].bytes.replaceSubrange(start..<start + 8, with: bytes.bytes)
  }
}
