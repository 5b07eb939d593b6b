import IntaglioFormat
import IntaglioStorage
import IntaglioTestSupport
import SystemPackage
import Testing

@testable import Intaglio

/// What a scenario was told: records that are acknowledged have to be there afterwards, batches as a whole.
private struct Outcome {
  /// Payloads of batches in the order of appending; the first `acknowledgedCount` of them were acknowledged.
  var batches: [[[UInt8]]] = []
  var acknowledgedCount = 0
  var error: LogError?
}

@Suite("Crash consistency")
struct CrashConsistencyTests {
  /// Creates or opens, appends batches over two rotations, waits for some, reads, closes.
  private func scenario(
    _ path: FilePath, in system: any FileSystem, _ durability: Durability = .synced,
    payloadByteCount: Int = 900, batchCount: Int = 60
  ) -> Outcome {
    var outcome = Outcome()
    do throws(LogError) {
      let log = try Log.open(
        at: path, creatingIfMissing: true, options: smallOptions(durability),
        surroundings: surroundings(system))
      let stream = try log.stream(named: "a")
      for number in 0..<batchCount {
        var payloads: [[UInt8]] = []
        var batch = Batch()
        for index in 0..<(number % 4 + 1) {
          let payload =
            text(number * 10 + index)
            + [UInt8](repeating: UInt8(number), count: payloadByteCount)
          payloads.append(payload)
          try batch.append(payload, to: stream)
        }
        outcome.batches.append(payloads)
        let receipt = try log.append(batch)
        if number % 3 == 0 {
          try receipt.wait()
          outcome.acknowledgedCount = number + 1
        }
      }
      try log.close()
      outcome.acknowledgedCount = outcome.batches.count
    } catch {
      outcome.error = error
    }
    return outcome
  }

  /// Opens what is left, and holds it against what was acknowledged.
  ///
  /// - Parameter isRebooted: whether the system has started anew since, as it has after the loss of power.
  private func check(
    _ path: FilePath, _ outcome: Outcome, isRebooted: Bool = false,
    _ comment: @autoclosure () -> String
  ) {
    var surroundings = surroundings()
    if isRebooted { surroundings.bootID = [UInt8](repeating: 0xB0, count: 16) }
    do {
      let log: Log
      do throws(LogError) {
        log = try Log.open(at: path, options: smallOptions(), surroundings: surroundings)
      } catch {
        // A creation that was interrupted has acknowledged nothing, and can be repeated.
        guard error.code == .notALog, outcome.acknowledgedCount == 0 else { throw error }
        log = try Log.create(at: path, options: smallOptions())
      }
      let payloads = try log.snapshot().userPayloads()
      var expected: [[UInt8]] = []
      var isWhole = payloads.isEmpty
      for (index, batch) in outcome.batches.enumerated() {
        if index >= outcome.acknowledgedCount, expected.count >= payloads.count { break }
        expected += batch
        isWhole = expected.count == payloads.count
      }
      #expect(payloads == expected || (expected.isEmpty && payloads.isEmpty), "\(comment())")
      #expect(isWhole || expected.isEmpty, "a batch is there in part: \(comment())")
      // The log goes on.
      let stream = try log.stream(named: "a")
      try log.append(text(-1), to: stream).wait()
      try log.close()
      #expect(try LogReader.open(at: path).snapshot().userPayloads() == expected + [text(-1)])
    } catch {
      Issue.record("\(error): \(comment())")
    }
  }

  static let faults: [Fault] = [
    .fail(.ioError), .fail(.noSpace), .partial(then: .noSpace), .succeedThenFail(.ioError), .crash,
    .crashHalfway,
  ]

  @Test(
    "Whichever system call fails, and however, all that was acknowledged is there afterwards",
    arguments: faults, [Durability.synced, .written])
  func everySystemCall(fault: Fault, durability: Durability) throws {
    let counting = FaultInjectingFileSystem()
    do {
      let directory = try TemporaryDirectory()
      let outcome = scenario(directory.path(of: "log"), in: counting, durability)
      #expect(outcome.error == nil)
    }
    let callCount = counting.callCount(of: .all)
    #expect(callCount > 100)
    for number in 1...callCount {
      let directory = try TemporaryDirectory()
      let system = FaultInjectingFileSystem(
        SystemFileSystem(), FaultPlan(at: number, of: .all, fault))
      let outcome = scenario(directory.path(of: "log"), in: system, durability)
      check(directory.path(of: "log"), outcome, "call \(number):\n\(system.report())")
    }
  }

  @Test(
    "Whichever system call of an opening fails, the log is as good as before", arguments: faults)
  func everyCallOfOpening(fault: Fault) throws {
    let origin = try TemporaryDirectory()
    let outcome = try tornLog(origin.path(of: "log"))
    let counting = FaultInjectingFileSystem()
    do {
      let directory = try TemporaryDirectory()
      try copyDirectory(from: origin.path(of: "log"), to: directory.path(of: "log"))
      try Log.open(
        at: directory.path(of: "log"), options: smallOptions(),
        surroundings: surroundings(counting)
      ).close()
    }
    for number in 1...counting.callCount(of: .all) {
      let directory = try TemporaryDirectory()
      try copyDirectory(from: origin.path(of: "log"), to: directory.path(of: "log"))
      let system = FaultInjectingFileSystem(
        SystemFileSystem(), FaultPlan(at: number, of: .all, fault))
      try? Log.open(
        at: directory.path(of: "log"), options: smallOptions(),
        surroundings: surroundings(system)
      ).close()
      check(directory.path(of: "log"), outcome, "call \(number):\n\(system.report())")
    }
  }

  /// A log whose last batch is torn: its first frame is whole, the rest is not there.
  private func tornLog(_ path: FilePath) throws -> Outcome {
    var outcome = scenario(path, in: SystemFileSystem(), batchCount: 30)
    let log = try Log.open(at: path, options: smallOptions())
    let stream = try log.stream(named: "a")
    var batch = Batch()
    for index in 0..<3 { try batch.append(text(index), to: stream) }
    let receipt = try log.append(batch)
    try receipt.wait()
    let place = try log.snapshot().position(of: receipt.sequences.lowerBound.advanced())
    let name = FileName.segment(place.segment.header.firstSequence)
    try log.close()
    let file = try File(
      path.appending("segments").appending(name), .readWrite, in: SystemFileSystem())
    let length = try file.status().byteCount - place.offset
    try file.write([UInt8](repeating: 0, count: length), at: place.offset)
    // HEAD as it was before that batch: without it, nothing is known to have been durable but what frames prove.
    try Directory(path, in: SystemFileSystem()).remove("HEAD")
    outcome.error = nil
    return outcome
  }

  /// A log with an acknowledged record and a batch of eight behind it that HEAD does not vouch for, of which the frames
  /// `lost` are zeros.
  private func log(_ path: FilePath, withoutFrames lost: Range<Int>) throws -> Outcome {
    let log = try Log.create(at: path, options: smallOptions())
    let stream = try log.stream(named: "a")
    try log.append(text(0), to: stream).wait()
    let root = Directory(path, in: SystemFileSystem())
    let head = try root.open(FileName.head, .readOnly).read(
      byteCount: HeadSlot.fileByteCount, at: 0)
    var batch = Batch()
    for index in 1...8 { try batch.append(text(index), to: stream) }
    let receipt = try log.append(batch)
    try receipt.wait()
    let snapshot = log.snapshot()
    let first = receipt.sequences.lowerBound.rawValue
    let places = try (0..<8).map { try snapshot.position(of: SequenceNumber(first + $0)) }
    try log.close()
    let name = FileName.segment(places[0].segment.header.firstSequence)
    let file = try File(
      path.appending("segments").appending(name), .readWrite, in: SystemFileSystem())
    let end =
      lost.upperBound < 8 ? places[lost.upperBound].offset : try file.status().byteCount
    let start = places[lost.lowerBound].offset
    try file.write([UInt8](repeating: 0, count: end - start), at: start)
    try root.open(FileName.head, .readWrite).write(head, at: 0)
    var outcome = Outcome()
    outcome.batches = [[text(0)], (1...8).map(text)]
    outcome.acknowledgedCount = 1
    return outcome
  }

  @Test("Frames behind a gap are damage while the system runs, later a torn tail")
  func gap() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "log")
    let outcome = try log(path, withoutFrames: 2..<5)
    #expect { try Log.open(at: path, options: smallOptions()) } throws: {
      ($0 as? LogError)?.verdict == .corrupt
    }
    check(path, outcome, isRebooted: true, "a gap")
  }

  @Test("A recovery that is interrupted leaves no frames behind a gap", arguments: faults)
  func interruptedRecovery(fault: Fault) throws {
    let origin = try TemporaryDirectory()
    let outcome = try log(origin.path(of: "log"), withoutFrames: 6..<8)
    var number = 1
    var hasStruck = true
    while hasStruck {
      let directory = try TemporaryDirectory()
      let path = directory.path(of: "log")
      try copyDirectory(from: origin.path(of: "log"), to: path)
      let system = FaultInjectingFileSystem(SystemFileSystem(), FaultPlan(at: number, fault))
      try? Log.open(
        at: path, options: smallOptions(), surroundings: surroundings(system)
      ).close()
      hasStruck = system.hasStruck
      check(path, outcome, "call \(number):\n\(system.report())")
      number += 1
    }
    #expect(number > 10)
  }

  @Test("A torn tail is cut off, kept in quarantine, and recorded once")
  func tornTail() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "log")
    let outcome = try tornLog(path)
    check(path, outcome, "torn")
    let names = try Directory(path.appending("quarantine"), in: SystemFileSystem()).names()
    #expect(names.count == 1)
    var recoveries: [LogPayload] = []
    try LogReader.open(at: path).snapshot().records.forEach { record in
      guard record.kind == .recovered else { return }
      let payload = LogPayload(kind: .recovered, decoding: record.payload)
      recoveries.append(try #require(payload))
    }
    guard case .recovered(let count, let digest, let byteCount)? = recoveries.first,
      recoveries.count == 1
    else {
      Issue.record("there are \(recoveries.count) recovery records")
      return
    }
    #expect(names[0] == FileName.quarantined(at: count, digest: digest))
    let file = try File(
      path.appending("quarantine").appending(names[0]), .readOnly, in: SystemFileSystem())
    let bytes = try file.read(byteCount: 1 << 20, at: 0)
    #expect(bytes.count == byteCount)
    #expect(SHA256.hash(bytes) == digest)
  }

  @Test("After a failed sync the log takes nothing more, and says so to everyone who waits")
  func poisoned() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "log")
    let system = FaultInjectingFileSystem()
    let log = try Log.create(at: path, options: smallOptions(), surroundings: surroundings(system))
    let stream = try log.stream(named: "a")
    try log.append(text(0), to: stream).wait()
    system.arm(FaultPlan(at: 1, of: [.synchronizeData], .fail(.ioError)))
    let receipt = try log.append(text(1), to: stream)
    for _ in 0..<3 {
      #expect { try receipt.wait() } throws: { ($0 as? LogError)?.code == .poisoned }
    }
    #expect { try log.append(text(2), to: stream) } throws: {
      ($0 as? LogError)?.code == .poisoned
    }
    #expect { try log.synchronize() } throws: { ($0 as? LogError)?.code == .poisoned }
    #expect { try log.close() } throws: { ($0 as? LogError)?.code == .poisoned }
    #expect(try Log.open(at: path).snapshot().userPayloads().first == text(0))
  }

  @Test("A full disk is an error of append; what was acknowledged stays, and space lets it go on")
  func fullDisk() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "log")
    let system = FaultInjectingFileSystem()
    let log = try Log.create(at: path, options: smallOptions(), surroundings: surroundings(system))
    let stream = try log.stream(named: "a")
    let payload = [UInt8](repeating: 5, count: 4000)
    try log.append(payload, to: stream).wait()
    system.arm(FaultPlan(at: 1, of: [.allocate], .fail(.noSpace), sticky: [.allocate]))
    var appended = 1
    var failure: LogError?
    while failure == nil, appended < 100 {
      do throws(LogError) {
        try log.append(payload, to: stream).wait()
        appended += 1
      } catch { failure = error }
    }
    #expect(failure?.code == .full)
    #expect(log.snapshot().count == UInt64(appended + 3))
    #expect(try log.snapshot().userPayloads().count == appended)
    system.heal()
    try log.append(payload, to: stream).wait()
    #expect(try log.snapshot().userPayloads().count == appended + 1)
    try log.close()
  }

  @Test(
    "The loss of power takes nothing that was acknowledged, whatever subset of sectors survives",
    arguments: [512, 4096])
  func powerLoss(atomicByteCount: Int) throws {
    var generator = SeededGenerator(for: "powerLoss(\(atomicByteCount))")
    let counting = FaultInjectingFileSystem()
    do {
      let directory = try TemporaryDirectory()
      _ = scenario(directory.path(of: "log"), in: counting)
    }
    let callCount = counting.callCount(of: .mutating)
    for round in 0..<150 {
      let directory = try TemporaryDirectory()
      let disk = try PowerLossFileSystem(root: directory.path, atomicByteCount: atomicByteCount)
      let number = Int.random(in: 1...callCount, using: &generator)
      let system = FaultInjectingFileSystem(disk, FaultPlan(at: number, .crashHalfway))
      let payloadByteCount = Int.random(in: 0...2000, using: &generator)
      let outcome = scenario(
        directory.path(of: "log"), in: system, payloadByteCount: payloadByteCount)
      let after = try TemporaryDirectory()
      try disk.powerLoss(into: after.path, using: &generator)
      check(
        after.path(of: "log"), outcome, isRebooted: true,
        "round \(round), call \(number):\n\(system.report())")
    }
  }

  @Test(
    "Where syncs are not waited for, the loss of power leaves whole batches from the beginning on",
    arguments: [Durability.written, .periodic(milliseconds: 1, byteCount: 20_000)])
  func powerLossWithoutWaiting(durability: Durability) throws {
    var generator = SeededGenerator(for: "powerLossWithoutWaiting(\(durability))")
    for round in 0..<60 {
      let directory = try TemporaryDirectory()
      let disk = try PowerLossFileSystem(root: directory.path)
      let number = Int.random(in: 1...250, using: &generator)
      let system = FaultInjectingFileSystem(disk, FaultPlan(at: number, .crashHalfway))
      var outcome = scenario(directory.path(of: "log"), in: system, durability)
      // Only a log that was closed is on the disk for sure.
      if outcome.error != nil { outcome.acknowledgedCount = 0 }
      let after = try TemporaryDirectory()
      try disk.powerLoss(into: after.path, using: &generator)
      check(
        after.path(of: "log"), outcome, isRebooted: true,
        "round \(round), call \(number):\n\(system.report())")
    }
  }

  @Test("The loss of power during a recovery takes nothing either")
  func powerLossDuringRecovery() throws {
    var generator = SeededGenerator(for: "powerLossDuringRecovery")
    let origin = try TemporaryDirectory()
    let outcome = try tornLog(origin.path(of: "log"))
    for round in 0..<100 {
      let directory = try TemporaryDirectory()
      try copyDirectory(from: origin.path(of: "log"), to: directory.path(of: "log"))
      let disk = try PowerLossFileSystem(root: directory.path)
      let number = Int.random(in: 1...40, using: &generator)
      let system = FaultInjectingFileSystem(disk, FaultPlan(at: number, .crashHalfway))
      try? Log.open(
        at: directory.path(of: "log"), options: smallOptions(),
        surroundings: surroundings(system)
      ).close()
      let after = try TemporaryDirectory()
      try disk.powerLoss(into: after.path, using: &generator)
      check(
        after.path(of: "log"), outcome, isRebooted: true,
        "round \(round), call \(number):\n\(system.report())")
    }
  }
}
