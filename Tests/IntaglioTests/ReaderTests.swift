@testable import Intaglio
import IntaglioStorage
import IntaglioTestSupport
import SystemPackage
import Testing

@Suite("Readers beside a writer")
struct ReaderTests {
  @Test("A reader follows a live log over rotations, and sees only what is durable")
  func follow() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "log")
    let log = try Log.create(at: path, options: smallOptions())
    let reader = try LogReader.open(at: path)
    let copying = try LogReader.open(at: path, access: .copied)
    let stream = try log.stream(named: "a")
    for round in 0..<40 {
      for number in 0..<100 { try log.append(text(round * 100 + number), to: stream) }
      try log.synchronize()
      let snapshot = try reader.snapshot()
      #expect(snapshot.count == log.snapshot().count)
      #expect(snapshot.chain == log.snapshot().chain)
      #expect(try copying.snapshot().chain == snapshot.chain)
    }
    #expect(try reader.snapshot().userPayloads() == (0..<4000).map(text))
    #expect(try copying.snapshot().userPayloads() == (0..<4000).map(text))
    #expect(try reader.isBeingWritten())
    try log.close()
    #expect(try !reader.isBeingWritten())
  }

  @Test("A snapshot never changes, whatever is appended after it")
  func snapshotIsFixed() throws {
    let directory = try TemporaryDirectory()
    let log = try Log.create(at: directory.path(of: "log"), options: smallOptions())
    let stream = try log.stream(named: "a")
    try log.append(text(0), to: stream).wait()
    let snapshot = log.snapshot()
    for number in 1..<2000 { try log.append(text(number), to: stream) }
    try log.synchronize()
    #expect(try snapshot.userPayloads() == [text(0)])
    #expect(Array(snapshot.records(of: stream.number)).count == 1)
    try log.close()
    #expect(try snapshot.userPayloads() == [text(0)])
  }

  @Test("A feed gives what is there, then what comes, and ends when the log is closed")
  func feed() async throws {
    let directory = try TemporaryDirectory()
    let log = try Log.create(at: directory.path(of: "log"), options: smallOptions())
    let stream = try log.stream(named: "a")
    let other = try log.stream(named: "b")
    for number in 0..<500 { try log.append(text(number), to: stream) }
    let feed = log.follow(stream: stream)
    let reading = Task {
      var payloads: [[UInt8]] = []
      for try await record in feed { payloads.append(record.payloadBytes) }
      return payloads
    }
    for number in 500..<1500 {
      try log.append(text(number), to: stream)
      try log.append([], to: other)
      if number % 100 == 0 { try await log.append(text(-1), to: other).durable() }
    }
    try log.synchronize()
    try await Task.sleep(for: .milliseconds(20))
    try log.close()
    #expect(try await reading.value == (0..<1500).map(text))
  }

  @Test("A feed of a reader process ends when its task is cancelled")
  func cancelledFeed() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "log")
    let log = try Log.create(at: path, options: smallOptions())
    let reader = try LogReader.open(at: path)
    let (signal, continuation) = AsyncStream.makeStream(of: Void.self)
    let reading = Task {
      var count = 0
      for try await _ in reader.follow() {
        count += 1
        continuation.yield()
      }
      return count
    }
    for await _ in signal.prefix(2) {}
    reading.cancel()
    #expect(try await reading.value == 2)
    try log.close()
  }

  @Test("A history that was replaced under a reader is an error, not a silent change")
  func replaced() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "log")
    let log = try Log.create(at: path, options: smallOptions())
    let stream = try log.stream(named: "a")
    try log.append(text(0), to: stream)
    try log.close()
    try copyDirectory(from: path, to: directory.path(of: "copy"))
    let original = try Log.open(at: path, options: smallOptions())
    try original.append(text(1), to: stream)
    try original.close()
    let reader = try LogReader.open(at: path)
    // The older copy goes on in another way, and takes the place of the log.
    let copy = try Log.open(at: directory.path(of: "copy"), options: smallOptions())
    for number in 0..<10 { try copy.append(text(100 + number), to: stream) }
    try copy.close()
    try Log.open(at: directory.path(of: "copy"), options: smallOptions()).close()
    removeDirectory(path)
    try SystemFileSystem().rename(directory.path(of: "copy"), to: path)
    #expect { try reader.snapshot() } throws: {
      ($0 as? LogError)?.code == .historyReplaced
    }
  }

  @Test("A file cut short is an error of the next look at HEAD")
  func cutShort() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "log")
    let log = try Log.create(at: path, options: smallOptions())
    let stream = try log.stream(named: "a")
    for number in 0..<1200 { try log.append(text(number), to: stream) }
    try log.close()
    let reader = try LogReader.open(at: path, access: .copied)
    let snapshot = try reader.snapshot()
    for name in try Directory(path.appending("segments"), in: SystemFileSystem()).names()
    where name.hasSuffix(".seg") {
      try File(path.appending("segments").appending(name), .readWrite, in: SystemFileSystem())
        .truncate(to: 5000)
    }
    #expect(throws: LogError.self) { try snapshot.userPayloads() }
    #expect(throws: LogError.self) { try LogReader.open(at: path).snapshot().userPayloads() }
  }
}
