import IntaglioFormat
import IntaglioStorage
import IntaglioVerifier
import SystemPackage
import Testing

/// However a log is cut into chunks and threads, the report is the same.
@Suite struct ReadingTests {
  private func mixedLog() -> LogBuilder {
    var log = LogBuilder(capacity: 128 << 10)
    for index in 0..<400 {
      let size = [0, 1, 7, 8, 100, 1000, 5000][index % 7]
      let flags: FrameFlags = index % 5 == 1 ? [] : .commit
      log.append(
        LogBuilder.payload(index, byteCount: size), stream: StreamNumber(1), flags: flags,
        unsynced: UInt32(index % 3))
      if index % 50 == 0 { log.appendFiller(byteCount: 16 + index * 8) }
    }
    log.append([1], stream: StreamNumber(1))
    return log
  }

  @Test func `chunks of any size and any number of threads give one report`() throws {
    var damaged = mixedLog()
    damaged.flip(200, at: 90)
    damaged.flip(301, at: 130)
    for log in [mixedLog(), damaged] {
      let place = try TemporaryLog(log)
      let expected = try place.verify { $0.threadCount = 1 }
      for byteCount in [61, 128, 200, 4096, 10_000, 65_536] {
        for threadCount in [1, 2, 5] {
          let report = try place.verify {
            $0.chunkByteCount = byteCount
            $0.threadCount = threadCount
          }
          #expect(report.description == expected.description)
          #expect(report.json == expected.json)
        }
      }
    }
  }

  @Test func `the largest record is checked`() throws {
    var log = LogBuilder(capacity: 80 << 20)
    for index in 0..<3 {
      let payload = [UInt8](repeating: UInt8(index), count: Limits.payloadByteCount)
      log.append(payload, stream: StreamNumber(1))
      log.append([5], stream: StreamNumber(1))
    }
    let place = try TemporaryLog(log)
    let report = try place.verify()
    #expect(report.isFaultless && report.committedCount == 9, "\(report)")
    log.flip(5, at: 128 + (20 << 20))
    let damaged = try TemporaryLog(log).verify()
    #expect(damaged.findings.map(\.kind) == [.payload], "\(damaged)")
    #expect(damaged.goodRanges == [0..<5, 6..<9])
  }

  @Test func `a filler larger than a chunk is checked to its last byte`() throws {
    var log = LogBuilder(capacity: 1 << 20)
    log.appendFiller(byteCount: 300_000)
    log.append([1], stream: StreamNumber(1))
    let read = { (verifier: inout Verifier) in verifier.chunkByteCount = 4096 }
    #expect(try TemporaryLog(log).verify(read).isFaultless)
    log.segments[0].bytes[log.records[3].offset - 1] = 1
    let report = try TemporaryLog(log).verify(read)
    #expect(report.verdict == .corrupt && report.committedCount == 3, "\(report)")
    #expect(report.findings.map(\.kind) == [.storage], "\(report)")
  }

  @Test func `progress grows to the whole`() throws {
    let place = try TemporaryLog(mixedLog())
    let seen = Seen()
    let report = try place.verify {
      $0.chunkByteCount = 4096
      $0.progress = { seen.add($0.byteCount, of: $0.totalByteCount) }
    }
    #expect(report.isFaultless && seen.isGrowing && seen.fraction > 0.9)
  }

  private final class Seen: @unchecked Sendable {
    var last = 0
    var isGrowing = true
    var fraction = 0.0
    func add(_ byteCount: Int, of total: Int) {
      if byteCount <= last { isGrowing = false }
      last = byteCount
      fraction = Double(byteCount) / Double(total)
    }
  }

  @Test func `what is no log is an error that says so`() throws {
    let place = try TemporaryLog()
    let error = try #require(throws: VerifierError.self) { try place.verify() }
    #expect(error.code == .notALog)
    let missing = try #require(throws: VerifierError.self) {
      try Verifier().verify(place.path.appending("none"))
    }
    #expect(missing.code == .notFound && missing.description.contains("none"))
  }

  @Test func `a log without any valid file that names it is corrupt`() throws {
    var log = LogBuilder(count: 10, byteCount: 10)
    log.segments[0].bytes[0] = 0
    let place = try TemporaryLog(log)
    try place.remove(FileName.head)
    try place.write(FileName.manifest, [1, 2, 3])
    let report = try place.verify()
    #expect(report.verdict == .corrupt && report.logID == nil, "\(report)")
  }
}
