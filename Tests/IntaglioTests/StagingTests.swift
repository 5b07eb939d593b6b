import Glibc
import IntaglioFormat
import IntaglioStorage
import IntaglioTestSupport
import IntaglioVerifier
import SystemPackage
import Testing

@testable import Intaglio

@Suite("Staging")
struct StagingTests {
  @Test(
    "What was acknowledged and never written is there after the next opening, in whatever mode",
    arguments: [Durability.synced, .written, .periodic(milliseconds: 5, byteCount: 100_000)])
  func acknowledgedIsReplayed(durability: Durability) throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "log")
    let staged = try StagedLog(path)
    // For readers and the verifier it is not there yet, and no reason for a complaint.
    #expect(try LogReader.open(at: path).snapshot().count < staged.receipts[0].sequence.rawValue)
    let report = try Verifier().verify(path)
    #expect(report.isFaultless && report.verdict == .clean, "\(report)")
    let log = try Log.open(at: path, options: smallOptions(durability))
    let snapshot = log.snapshot()
    for receipt in staged.receipts {
      #expect(try snapshot.record(at: receipt.sequence).chain == receipt.chain)
    }
    #expect(try snapshot.userPayloads() == staged.payloads)
    // A stream that was declared in a staged record is known, and the next one gets the next number.
    #expect(try snapshot.stream(named: "late")?.number == StreamNumber(2))
    #expect(try log.stream(named: "later").number == StreamNumber(3))
    try log.close()
    #expect(try Directory(path, in: SystemFileSystem()).status(of: FileName.staging) == nil)
    #expect(try LogReader.open(at: path).snapshot().userPayloads() == staged.payloads)
  }

  @Test("A lone append that survives the process costs no system call of its own")
  func withoutSystemCalls() throws {
    let directory = try TemporaryDirectory()
    let system = FaultInjectingFileSystem()
    var options = smallOptions(.written)
    options.segmentByteCount = 16 << 20
    let log = try Log.create(
      at: directory.path(of: "log"), options: options, surroundings: surroundings(system))
    let stream = try log.stream(named: "a")
    let before = system.callCount(of: [.write])
    for number in 0..<5000 { try log.append(text(number), to: stream).wait() }
    // The committer's, at most 200 a second, and the preparation of segments.
    #expect(system.callCount(of: [.write]) - before < 1000)
    #expect(try log.snapshot().userPayloads() == (0..<5000).map(text))
    try log.close()
  }

  @Test(
    "A flipped byte, a cut or a foreign file in place of `staging` never keeps a log from opening")
  func damaged() throws {
    let origin = try TemporaryDirectory()
    let staged = try StagedLog(origin.path(of: "log"))
    let bytes = try contents(origin.path(of: "log"))
    let start = StagingSlot.headerByteCount
    let usedEnd =
      bytes.rawSpan.extracting(0..<StagingSlot.byteCount).lastNonzeroOffset.map { $0 + 1 } ?? 0
    var damages: [(String, [UInt8])] = []
    // All of the header and of the first frame; of the others a sample.
    let flipped =
      Array(0..<60) + Array(start..<start + 144)
      + Array(stride(from: start + 144, to: usedEnd, by: max(1, (usedEnd - start) / 60)))
    for offset in flipped {
      var damaged = bytes
      damaged[offset] ^= 1 << UInt8(offset % 8)
      damages.append(("byte \(offset) flipped", damaged))
    }
    for count in [0, 1, 47, 48, 4095, 4096, 4097, start + 128, start + 300, usedEnd - 1] {
      damages.append(("cut to \(count) bytes", Array(bytes.prefix(count))))
    }
    damages.append(("zeros", [UInt8](repeating: 0, count: bytes.count)))
    var foundCounts: Set<Int> = []
    for (what, damaged) in damages {
      let directory = try TemporaryDirectory()
      let path = directory.path(of: "log")
      try copyDirectory(from: origin.path(of: "log"), to: path)
      try replaceStaging(path, with: damaged)
      let log = try Log.open(at: path, options: smallOptions(.written))
      let found = try log.snapshot().userPayloads()
      #expect(staged.payloads.starts(with: found), "\(what)")
      // What stands before the damage is still held by the bytes.
      #expect(found.count >= staged.heldCount(of: damaged, damaged == bytes), "\(what)")
      foundCounts.insert(found.count)
      try log.append(text(-1), to: log.stream(named: "a")).wait()
      try log.close()
      #expect(try LogReader.open(at: path).snapshot().userPayloads() == found + [text(-1)])
    }
    #expect(foundCounts.count > 1)
  }

  @Test(
    "Another log's, or an old `staging` adds nothing; a link or directory in its place is no hindrance"
  )
  func foreign() throws {
    let origin = try TemporaryDirectory()
    let staged = try StagedLog(origin.path(of: "log"))
    let old = try contents(origin.path(of: "log"))
    let other = try TemporaryDirectory()
    _ = try StagedLog(other.path(of: "log"))
    let foreign = try contents(other.path(of: "log"))

    let path = origin.path(of: "log")
    let log = try Log.open(at: path, options: smallOptions(.written))
    try log.close()
    let expected = staged.payloads
    for (number, bytes) in [old, foreign].enumerated() {
      try replaceStaging(path, with: bytes)
      let log = try Log.open(at: path, options: smallOptions(.written))
      #expect(try log.snapshot().userPayloads() == expected, "case \(number)")
      try log.close()
    }
    let staging = path.appending(FileName.staging)
    let target = origin.path(of: "elsewhere")
    try File(target, .create, in: SystemFileSystem()).write(old, at: 0)
    #expect(symlink(target.string, staging.string) == 0)
    try Log.open(at: path, options: smallOptions(.written)).close()
    #expect(try Directory(path, in: SystemFileSystem()).status(of: FileName.staging) == nil)
    #expect(
      try File(target, .readOnly, in: SystemFileSystem()).read(byteCount: old.count, at: 0) == old)

    #expect(mkdir(staging.string, 0o700) == 0)
    let hindered = try Log.open(at: path, options: smallOptions(.written))
    try hindered.append(text(-1), to: hindered.stream(named: "a")).wait()
    // Without the file an acknowledged record is written.
    #expect(
      try LogReader.open(at: path, includingUnsynced: true).snapshot().userPayloads() == expected
        + [text(-1)])
    try hindered.close()
    #expect(rmdir(staging.string) == 0)
    #expect(mkfifo(staging.string, 0o600) == 0)
    try Log.open(at: path, options: smallOptions(.written)).close()
    #expect(try LogReader.open(at: path).snapshot().userPayloads() == expected + [text(-1)])
  }

  @Test(
    "Whichever system call of an opening fails that appends what was staged, nothing is lost",
    arguments: CrashConsistencyTests.faults)
  func everyCallOfReplaying(fault: Fault) throws {
    let origin = try TemporaryDirectory()
    let staged = try StagedLog(origin.path(of: "log"), count: 400)
    let counting = FaultInjectingFileSystem()
    do {
      let directory = try TemporaryDirectory()
      try copyDirectory(from: origin.path(of: "log"), to: directory.path(of: "log"))
      _ = try Log.open(
        at: directory.path(of: "log"), options: smallOptions(.written),
        surroundings: surroundings(counting))
    }
    for number in 1...counting.callCount(of: .all) {
      let directory = try TemporaryDirectory()
      let path = directory.path(of: "log")
      try copyDirectory(from: origin.path(of: "log"), to: path)
      let system = FaultInjectingFileSystem(
        SystemFileSystem(), FaultPlan(at: number, of: .all, fault))
      try? Log.open(
        at: path, options: smallOptions(.written), surroundings: surroundings(system)
      ).close()
      let log = try Log.open(at: path, options: smallOptions())
      let snapshot = log.snapshot()
      #expect(
        try snapshot.userPayloads() == staged.payloads, "call \(number):\n\(system.report())")
      for receipt in staged.receipts {
        #expect(try snapshot.record(at: receipt.sequence).chain == receipt.chain)
      }
      try log.close()
    }
  }

  private func contents(_ path: FilePath) throws -> [UInt8] {
    let file = try File(path.appending(FileName.staging), .readOnly, in: SystemFileSystem())
    return try file.read(byteCount: file.status().byteCount, at: 0)
  }

  private func replaceStaging(_ path: FilePath, with bytes: [UInt8]) throws {
    let directory = Directory(path, in: SystemFileSystem())
    try directory.remove(FileName.staging)
    try directory.open(FileName.staging, .createNew).write(bytes, at: 0)
  }
}

/// A log whose last acknowledged records are in `staging` only: from some moment on nothing could be written.
private struct StagedLog {
  /// Everything acknowledged.
  private(set) var payloads: [[UInt8]] = []
  /// What was acknowledged after that moment.
  private(set) var receipts: [Receipt] = []
  /// What is in segments.
  let writtenCount: Int

  init(_ path: FilePath, count: Int = 40) throws {
    let system = FaultInjectingFileSystem()
    let log = try Log.create(
      at: path, options: smallOptions(.written), surroundings: surroundings(system))
    let stream = try log.stream(named: "a")
    for number in 0..<20 {
      payloads.append(text(number))
      try log.append(text(number), to: stream)
    }
    try log.synchronize()
    writtenCount = payloads.count
    system.arm(FaultPlan(at: 1, of: [.write], .fail(.ioError), sticky: [.write]))
    do {
      let late = try log.stream(named: "late")
      for number in 20..<20 + count {
        var batch = Batch()
        for index in 0...number % 3 {
          try batch.append(text(number * 10 + index), to: index == 0 ? late : stream)
        }
        let receipt = try log.append(batch)
        try receipt.wait()
        receipts.append(receipt)
        payloads += (0...number % 3).map { text(number * 10 + $0) }
      }
    } catch {
      // The committer came in between, and the log has failed: what was acknowledged before that has to be there.
    }
    #expect(!receipts.isEmpty)
    #expect(throws: LogError.self) { try log.close() }
  }

  /// How many users' records are held by whole frames, from the beginning of their slots on, of these bytes.
  func heldCount(of staging: [UInt8], _ isWhole: Bool) -> Int {
    guard !isWhole else { return payloads.count }
    var count = writtenCount
    var pending = 0
    // The declaration of the stream "late" was ordered just before.
    var expected = receipts[0].sequences.lowerBound.rawValue - 1
    for start in [0, 1, 0, 1].map({ $0 * StagingSlot.byteCount }) where start < staging.count {
      let slot = staging[start..<min(start + StagingSlot.byteCount, staging.count)]
      guard let header = StagingSlot(decoding: Array(slot.prefix(48)).rawSpan) else { continue }
      let frames = Array(slot.dropFirst(StagingSlot.headerByteCount))
      var offset = 0
      pending = 0
      while offset + FrameHeader.byteCount <= frames.count,
        case .frame(let frame) = FrameHeader.parse(
          frames.rawSpan, at: offset, available: frames.count - offset,
          context: header.logID.context),
        frame.crcHolds(frames.rawSpan, at: offset, nonce: header.nonce)
      {
        offset += frame.frameByteCount
        guard frame.sequence.rawValue == expected else { continue }
        expected += 1
        pending += frame.kind.isReserved ? 0 : 1
        if frame.isCommit {
          count += pending
          pending = 0
        }
      }
    }
    return min(count, payloads.count)
  }
}
