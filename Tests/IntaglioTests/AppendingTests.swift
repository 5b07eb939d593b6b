@testable import Intaglio
import IntaglioFormat
import IntaglioTestSupport
import Testing

@Suite("Appending")
struct AppendingTests {
  @Test("What was appended is read back, byte for byte, in order, and by stream")
  func readBack() throws {
    let directory = try TemporaryDirectory()
    let log = try Log.create(at: directory.path(of: "log"), options: smallOptions())
    let odd = try log.stream(named: "odd")
    let even = try log.stream(named: "even")
    for number in 0..<2000 { try log.append(text(number), to: number % 2 == 0 ? even : odd) }
    try log.synchronize()

    let snapshot = log.snapshot()
    #expect(try snapshot.userPayloads() == (0..<2000).map(text))
    #expect(snapshot.list.segments.count > 3)
    let odds = try snapshot.records(of: odd.number).map { try $0.get().payloadBytes }
    #expect(odds == (0..<1000).map { text($0 * 2 + 1) })
    let backwards = try snapshot.recordsBackwards(of: odd.number).map {
      try $0.get().payloadBytes
    }
    #expect(backwards == odds.reversed())
    try log.close()
  }

  @Test("A stream is read from any sequence number on, in both directions")
  func streamFromMiddle() throws {
    let directory = try TemporaryDirectory()
    var generator = SeededGenerator()
    let log = try Log.create(at: directory.path(of: "log"), options: smallOptions())
    let streams = try (0..<5).map { try log.stream(named: "stream \($0)") }
    var members: [[UInt64]] = Array(repeating: [], count: 5)
    for number in 0..<3000 {
      let index =
        Int.random(in: 0..<5, using: &generator) * Int.random(in: 0...1, using: &generator)
      members[index].append(try log.append(text(number), to: streams[index]).sequence.rawValue)
    }
    try log.synchronize()
    let snapshot = log.snapshot()
    for _ in 0..<200 {
      let from = UInt64.random(in: 0...snapshot.count, using: &generator)
      let index = Int.random(in: 0..<5, using: &generator)
      let forwards = try snapshot.records(of: streams[index].number, from: SequenceNumber(from))
        .map { try $0.get().sequence.rawValue }
      #expect(forwards == members[index].filter { $0 >= from })
      let backwards = try snapshot.recordsBackwards(
        of: streams[index].number, before: SequenceNumber(from)
      ).map { try $0.get().sequence.rawValue }
      #expect(backwards == members[index].filter { $0 < from }.reversed())
    }
    try log.close()
  }

  @Test("A batch is consecutive, and its receipt names all of it")
  func batch() throws {
    let directory = try TemporaryDirectory()
    let log = try Log.create(at: directory.path(of: "log"), options: smallOptions())
    let stream = try log.stream(named: "a")
    var batch = Batch()
    for number in 0..<50 { try batch.append(text(number), to: stream) }
    let receipt = try log.append(batch)
    try receipt.wait()
    #expect(receipt.sequences.upperBound.rawValue - receipt.sequences.lowerBound.rawValue == 50)
    let snapshot = log.snapshot()
    #expect(snapshot.chain == receipt.chain)
    #expect(try snapshot.record(at: receipt.sequence).payloadBytes == text(49))
    let records = try snapshot.records(in: receipt.sequences).map { try $0.get() }
    #expect(records.map(\.outline.isCommit) == (0..<50).map { $0 == 49 })
    #expect(throws: LogError.self) { try log.append(Batch()) }
    try log.close()
  }

  @Test(
    "Payloads from none to the limit are kept; one byte more is refused before anything is written",
    arguments: [Compression.none, .lz4(minimumByteCount: 16)])
  func payloadSizes(compression: Compression) throws {
    let directory = try TemporaryDirectory()
    var options = LogOptions()
    options.compression = compression
    let log = try Log.create(at: directory.path(of: "log"), options: options)
    let stream = try log.stream(named: "a")
    var generator = SeededGenerator()
    let noise = generator.bytes(count: 4096)
    var payloads: [[UInt8]] = [[], [0], noise, [UInt8](repeating: 7, count: 100_000)]
    payloads.append([UInt8](repeating: 0, count: Limits.payloadByteCount))
    for payload in payloads { try log.append(payload, to: stream) }
    let count = try log.append(text(0), to: stream).sequence
    let tooLarge = [UInt8](repeating: 0, count: Limits.payloadByteCount + 1)
    #expect { try log.append(tooLarge, to: stream) } throws: { error in
      (error as? LogError)?.code == .tooLarge
    }
    #expect(try log.append(text(1), to: stream).sequence == count.advanced())
    try log.synchronize()
    #expect(try log.snapshot().userPayloads() == payloads + [text(0), text(1)])
    try log.close()
  }

  @Test("A batch larger than a segment gets one of its own size; one over the limit is refused")
  func largeBatch() throws {
    let directory = try TemporaryDirectory()
    let log = try Log.create(at: directory.path(of: "log"), options: smallOptions())
    let stream = try log.stream(named: "a")
    try log.append(text(0), to: stream)
    var batch = Batch()
    let payload = [UInt8](repeating: 1, count: 100_000)
    for _ in 0..<40 { try batch.append(payload, to: stream) }
    try log.append(batch).wait()
    try log.append(text(1), to: stream).wait()
    let payloads = try log.snapshot().userPayloads()
    #expect(payloads == [text(0)] + Array(repeating: payload, count: 40) + [text(1)])
    let huge = [UInt8](repeating: 1, count: Limits.payloadByteCount)
    for _ in 0..<8 { try batch.append(huge, to: stream) }
    #expect { try log.append(batch) } throws: { ($0 as? LogError)?.code == .tooLarge }
    try log.close()
  }

  @Test("Compression keeps a block only where it saves an eighth, and reads it back")
  func compression() throws {
    let directory = try TemporaryDirectory()
    var options = smallOptions()
    options.compression = .lz4(minimumByteCount: 64)
    let log = try Log.create(at: directory.path(of: "log"), options: options)
    let stream = try log.stream(named: "a")
    var generator = SeededGenerator()
    let noise = generator.bytes(count: 1000)
    let line = Array(String(repeating: #"{"tool":"search"}"#, count: 50).utf8)
    let small = Array(String(repeating: "a", count: 63).utf8)
    for payload in [noise, line, small] { try log.append(payload, to: stream) }
    try log.append(line, to: stream, salted: true)
    try log.synchronize()
    let records = try log.snapshot().records(of: stream.number).map { try $0.get() }
    #expect(records.map(\.outline.encoding) == [.raw, .lz4, .raw, .lz4])
    #expect(records.map(\.payloadBytes) == [noise, line, small, line])
    #expect(records[1].contentDigest == SHA256.hash(line))
    #expect(records[3].contentDigest != records[1].contentDigest)
    #expect(records[3].isSalted && records[3].payloadByteCount == line.count)
    try log.close()
  }

  @Test("Names, kinds and options that are not allowed are refused, and nothing is appended")
  func refusals() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "log")
    let log = try Log.create(at: path, options: smallOptions())
    let count = log.snapshot().count
    for name in ["", "log", String(repeating: "x", count: 256), "a\nb", "a\u{85}b"] {
      #expect { try log.stream(named: name) } throws: { ($0 as? LogError)?.code == .invalid }
    }
    let stream = try log.stream(named: String(repeating: "x", count: 255))
    #expect { try log.append([1], to: stream, kind: .opened) } throws: {
      ($0 as? LogError)?.code == .invalid
    }
    try log.synchronize()
    #expect(log.snapshot().count == count + 1)
    #expect { try log.snapshot().record(at: SequenceNumber(count + 1)) } throws: {
      ($0 as? LogError)?.code == .notFound
    }
    try log.close()
    #expect { try log.append([1], to: stream) } throws: { ($0 as? LogError)?.code == .closed }
    var options = LogOptions()
    options.segmentByteCount = 1000
    #expect { try Log.open(at: path, options: options) } throws: {
      ($0 as? LogError)?.code == .invalid
    }
  }

  @Test("A time range finds the records within it, also where the clock was set back")
  func timeRange() throws {
    let directory = try TemporaryDirectory()
    let clock = TestClock()
    let log = try Log.create(
      at: directory.path(of: "log"), options: smallOptions(),
      surroundings: surroundings(clock: clock.clock))
    let stream = try log.stream(named: "a")
    var times: [UInt64] = []
    for number in 0..<1500 {
      clock.advance(nanoseconds: 1_000)
      if number == 700 { clock.stepWall(nanoseconds: -400_000) }
      times.append(clock.clock.wall())
      try log.append(text(number), to: stream)
    }
    try log.synchronize()
    let range = times[500]...times[600]
    var found: [[UInt8]] = []
    try log.snapshot().forEachRecord(
      in: Timestamp(nanoseconds: range.lowerBound)...Timestamp(nanoseconds: range.upperBound)
    ) { record in
      if !record.kind.isReserved { found.append(record.payloadBytes) }
    }
    #expect(found == times.indices.filter { range.contains(times[$0]) }.map(text))
    try log.close()
  }

  @Test("A step of the wall clock by more than a second becomes a record")
  func clockStep() async throws {
    let directory = try TemporaryDirectory()
    let clock = TestClock()
    let log = try Log.create(
      at: directory.path(of: "log"), options: smallOptions(),
      surroundings: surroundings(clock: clock.clock))
    let stream = try log.stream(named: "a")
    clock.stepWall(nanoseconds: -5_000_000_000)
    try log.append(text(0), to: stream)
    for try await record in log.follow() where record.kind == .clockStep {
      let payload = LogPayload(kind: .clockStep, decoding: record.payload)
      guard case .clockStep(let from, let to)? = payload else {
        Issue.record("the payload of a clock.step is not one")
        break
      }
      #expect(from.nanoseconds - to.nanoseconds == 5_000_000_000)
      break
    }
    try log.close()
  }
}
