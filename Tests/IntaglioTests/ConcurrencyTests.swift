import IntaglioFormat
import IntaglioStorage
import IntaglioTestSupport
import Synchronization
import SystemPackage
import Testing

@testable import Intaglio

@Suite("Concurrency")
struct ConcurrencyTests {
  @Test(
    "Many threads append, wait, read and follow at once; each stream stays in its thread's order",
    arguments: [
      Durability.synced, .written, .periodic(milliseconds: 5, byteCount: 100_000),
    ])
  func manyThreads(durability: Durability) async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "log")
    let log = try Log.create(at: path, options: smallOptions(durability))
    let threadCount = 8
    let perThread = 400
    let failures = Locked<[String]>([])
    let isDone = Atomic<Bool>(false)

    let feed = log.follow()
    let following = Task {
      var count: UInt64 = 0
      for try await record in feed {
        if record.sequence.rawValue != count { return UInt64.max }
        count += 1
      }
      return count
    }
    let tasks = (0..<4).map { number in
      Task {
        let stream = try log.stream(named: "task \(number)")
        for index in 0..<100 { try await log.append(text(index), to: stream).durable() }
      }
    }
    let writers = (0..<threadCount).map { number in
      BackgroundThread {
        do {
          let stream = try log.stream(named: "thread \(number)")
          for index in 0..<perThread {
            let payload = text(index) + [UInt8](repeating: 0, count: (index * 37) % 500)
            let receipt = try log.append(payload, to: stream)
            if index % 7 == 0 {
              try receipt.wait()
              let found = try log.snapshot().record(at: receipt.sequence)
              if found.payloadBytes != payload { throw LogError(.damaged, "not what was appended") }
            }
          }
        } catch { failures.withLock { $0.append("\(error)") } }
      }
    }
    let readers = (0..<2).map { number in
      BackgroundThread {
        do {
          let reader = try LogReader.open(at: path)
          // An end of its own: what waits for the tasks may itself wait long for a thread, behind other tests.
          for _ in 0..<60 where !isDone.load(ordering: .acquiring) {
            let snapshot = number == 0 ? log.snapshot() : try reader.snapshot()
            var count: UInt64 = 0
            for result in snapshot.records {
              count += try result.get().sequence.rawValue == count ? 1 : 0
            }
            if count != snapshot.count { throw LogError(.damaged, "\(count) of \(snapshot.count)") }
            for stream in try snapshot.streams() where stream.count > 0 {
              _ = Array(snapshot.recordsBackwards(of: stream.stream.number).prefix(10))
            }
          }
        } catch { failures.withLock { $0.append("\(error)") } }
      }
    }
    for task in tasks { try await task.value }
    for thread in writers { thread.join() }
    isDone.store(true, ordering: .releasing)
    for thread in readers { thread.join() }
    try log.synchronize()
    let snapshot = log.snapshot()
    #expect(failures.withLock { $0 } == [])
    for number in 0..<threadCount {
      let stream = try #require(try snapshot.stream(named: "thread \(number)"))
      let found = try snapshot.records(of: stream.number).map { try $0.get().payloadBytes }
      #expect(
        found == (0..<perThread).map { text($0) + [UInt8](repeating: 0, count: ($0 * 37) % 500) })
    }
    while try await Task.sleep(for: .milliseconds(10)) == (),
      log.engine.followers.withLock({ $0.isEmpty })
    {}
    try log.close()
    #expect(try await following.value == snapshot.count)
  }

  @Test(
    "Closing while others append and wait ends them with an error, and loses nothing acknowledged")
  func closingUnderLoad() throws {
    for _ in 0..<10 {
      let directory = try TemporaryDirectory()
      let path = directory.path(of: "log")
      let log = try Log.create(at: path, options: smallOptions())
      let stream = try log.stream(named: "a")
      let acknowledged = Locked<[SequenceNumber]>([])
      let codes = Locked<Set<String>>([])
      let threads = (0..<6).map { _ in
        BackgroundThread {
          do {
            while true {
              let receipt = try log.append(text(1), to: stream)
              try receipt.wait()
              acknowledged.withLock { $0.append(receipt.sequence) }
            }
          } catch {
            codes.withLock { _ = $0.insert((error as? LogError)?.code.rawValue ?? "\(error)") }
          }
        }
      }
      sleep(microseconds: 20_000)
      try log.close()
      for thread in threads { thread.join() }
      #expect(codes.withLock { $0 } == ["closed"])
      let snapshot = try LogReader.open(at: path).snapshot()
      let last = acknowledged.withLock { $0.max() }
      #expect(last.map { $0.rawValue < snapshot.count } ?? true)
    }
  }

  @Test("Two threads that name one stream at once get one stream")
  func sameName() throws {
    let directory = try TemporaryDirectory()
    let log = try Log.create(at: directory.path(of: "log"), options: smallOptions())
    let numbers = Locked<[String: Set<StreamNumber>]>([:])
    let threads = (0..<8).map { _ in
      BackgroundThread {
        for index in 0..<50 {
          guard let stream = try? log.stream(named: "stream \(index)") else { continue }
          numbers.withLock { _ = $0[stream.name, default: []].insert(stream.number) }
        }
      }
    }
    for thread in threads { thread.join() }
    numbers.withLock { numbers in
      #expect(numbers.count == 50)
      #expect(numbers.values.allSatisfy { $0.count == 1 })
    }
    try log.close()
  }

  @Test("A log that is forgotten rather than closed has everything that was appended")
  func forgotten() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "log")
    do {
      let log = try Log.create(at: path, options: smallOptions())
      let stream = try log.stream(named: "a")
      for number in 0..<100 { try log.append(text(number), to: stream) }
    }
    #expect(try Log.open(at: path).snapshot().userPayloads() == (0..<100).map(text))
  }
}
