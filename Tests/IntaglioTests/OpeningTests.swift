@testable import Intaglio
import IntaglioFormat
import IntaglioStorage
import IntaglioTestSupport
import IntaglioVerifier
import SystemPackage
import Testing

@Suite("Opening")
struct OpeningTests {
  @Test("A log goes on where it was closed, streams and index included")
  func reopen() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "log")
    var expected: [[UInt8]] = []
    for round in 0..<5 {
      let log = try Log.open(at: path, creatingIfMissing: true, options: smallOptions())
      let stream = try log.stream(named: "shared")
      let own = try log.stream(named: "round \(round)")
      #expect(stream.number == StreamNumber(1))
      #expect(own.number == StreamNumber(UInt32(2 + round)))
      for number in 0..<300 {
        expected.append(text(round * 1000 + number))
        try log.append(expected.last!, to: number % 2 == 0 ? stream : own)
      }
      try log.close()
    }
    let reader = try LogReader.open(at: path)
    let snapshot = try reader.snapshot()
    #expect(try snapshot.userPayloads() == expected)
    #expect(try snapshot.stream(named: "round 3")?.number == StreamNumber(5))
    #expect(try snapshot.stream(StreamNumber(5))?.name == "round 3")
    #expect(try snapshot.stream(named: "round 9") == nil)
    let counts = try snapshot.streams().map { "\($0.stream.name) \($0.count)" }
    #expect(
      counts.dropFirst() == [
        "shared 750", "round 0 150", "round 1 150", "round 2 150",
        "round 3 150", "round 4 150",
      ])
    let epochs = try snapshot.records(of: .log).compactMap { result -> LogPayload? in
      let record = try result.get()
      return record.kind == .opened ? LogPayload(kind: .opened, decoding: record.payload) : nil
    }
    #expect(epochs == (1...5).map { LogPayload.opened(epoch: $0) })
  }

  @Test("Damaged or missing sidecars change nothing but the time that a lookup takes")
  func sidecars() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "log")
    let log = try Log.create(at: path, options: smallOptions())
    let stream = try log.stream(named: "a")
    for number in 0..<1500 { try log.append(text(number), to: stream) }
    try log.close()
    let segments = Directory(path.appending("segments"), in: SystemFileSystem())
    let sidecars = try segments.names().filter { $0.hasSuffix(".idx") }
    #expect(sidecars.count > 2)
    try segments.remove(sidecars[0])
    let file = try segments.open(sidecars[1], .readWrite)
    var bytes = try file.read(byteCount: 1 << 20, at: 0)
    bytes[bytes.count / 2] ^= 1
    try file.write(bytes, at: 0)
    for _ in 0..<2 {
      let snapshot = try LogReader.open(at: path).snapshot()
      #expect(try snapshot.userPayloads() == (0..<1500).map(text))
      #expect(Array(snapshot.records(of: stream.number)).count == 1500)
      let copied = try LogReader.open(at: path, access: .copied).snapshot()
      #expect(try copied.userPayloads() == (0..<1500).map(text))
    }
  }

  @Test("A second writer is refused with the process id of the first")
  func busy() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "log")
    let log = try Log.create(at: path, options: smallOptions())
    #expect { try Log.open(at: path) } throws: { error in
      guard let error = error as? LogError else { return false }
      return error.code == .busy && error.message.contains("process \(processID())")
    }
    try log.close()
    try Log.open(at: path).close()
  }

  @Test("What is not a log is refused by name, and nothing is written into it")
  func notALog() throws {
    let directory = try TemporaryDirectory()
    #expect { try Log.open(at: directory.path(of: "nothing")) } throws: {
      ($0 as? LogError)?.code == .notALog
    }
    #expect { try Log.open(at: directory.path) } throws: { ($0 as? LogError)?.code == .notALog }
    let file = try File(directory.path(of: "file"), .create, in: SystemFileSystem())
    try file.write([1, 2, 3], at: 0)
    #expect { try Log.open(at: file.path) } throws: { ($0 as? LogError)?.code == .notALog }
    #expect(throws: LogError.self) { try Log.create(at: file.path) }
    #expect { try Log.create(at: directory.path) } throws: { ($0 as? LogError)?.code == .exists }
    #expect(try directory.directory().names() == ["file"])
  }

  @Test("A log of a newer version is unsupported, not corrupt")
  func newerVersion() throws {
    let directory = try TemporaryDirectory()
    for (name, offset) in [("HEAD", 8), ("segments/00000000000000000000.seg", 8)] {
      let path = directory.path(of: "log-\(offset)-\(name.count)")
      try Log.create(at: path, options: smallOptions()).close()
      let file = try File(path.appending(name), .readWrite, in: SystemFileSystem())
      try file.write([2, 0, 0, 0], at: offset)
      if name == "HEAD" { try file.write([2, 0, 0, 0], at: offset + 4096) }
      #expect { try Log.open(at: path) } throws: { ($0 as? LogError)?.code == .unsupported }
    }
    let path = directory.path(of: "log-manifest")
    try Log.create(at: path, options: smallOptions()).close()
    let file = try File(path.appending("MANIFEST"), .readWrite, in: SystemFileSystem())
    let text = String(decoding: try file.read(byteCount: 4096, at: 0), as: UTF8.self)
    #expect(text.hasSuffix(#""version":1}"#))
    try file.write(Array(#"2}"#.utf8), at: text.utf8.count - 2)
    #expect { try Log.open(at: path) } throws: { ($0 as? LogError)?.code == .unsupported }
  }

  @Test(
    "Where nobody waits for syncs HEAD's durable position moves, and an opening has less to check")
  func durablePositionMoves() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "log")
    var options = smallOptions(.written)
    options.segmentByteCount = 64 << 20
    let log = try Log.create(at: path, options: options)
    let stream = try log.stream(named: "a")
    let payload = [UInt8](repeating: 7, count: 64 << 10)
    var hasMoved = false
    // 22 MiB lie in smaller segments; this one would hold the rest, which would all be checked and written again.
    for number in 0..<1200 where !hasMoved {
      try log.append(payload, to: stream).wait()
      let slot = log.engine.head.current
      let last = log.engine.snapshot.list.segments.last!.firstSequence
      hasMoved =
        last.rawValue > 0 && slot.durableSegment == last && slot.durableCount > last.rawValue
      if number > 700 { sleep(microseconds: 1000) }
    }
    #expect(hasMoved)
    let slot = log.engine.head.current
    #expect(slot.durableCount <= slot.writtenCount && slot.durableOffset.rawValue > 4096)
    let snapshot = log.snapshot()
    let last = try snapshot.record(at: SequenceNumber(slot.durableCount - 1))
    #expect(last.chain == slot.durableChain)
    try log.append(payload, to: stream).wait()
    let next = try log.snapshot().record(at: SequenceNumber(log.snapshot().count - 1))
    #expect(next.outline.provenDurableCount >= slot.durableCount)
    try log.close()
    #expect(try Verifier().verify(path).isFaultless)
  }

  @Test("Opening a clean log reads as much at ten times the size")
  func costOfOpening() throws {
    let directory = try TemporaryDirectory()
    var reads: [Int] = []
    for count in [2_000, 20_000] {
      let path = directory.path(of: "log-\(count)")
      let log = try Log.create(at: path, options: smallOptions(.written))
      let stream = try log.stream(named: "a")
      for number in 0..<count { try log.append(text(number), to: stream) }
      try log.close()
      let system = FaultInjectingFileSystem()
      let again = try Log.open(
        at: path, options: smallOptions(), surroundings: surroundings(system))
      let byteCount = system.calls.filter { $0.kind == .read || $0.kind == .map }
        .reduce(0) { $0 + ($1.byteCount ?? 0) }
      reads.append(byteCount)
      try again.close()
    }
    #expect(reads[1] <= reads[0] + 64 << 10)
  }
}
