import IntaglioFormat
import IntaglioVerifier
import Testing

/// A log that is being written is judged up to what was durable at the start, and never falsely accused.
@Suite struct LiveTests {
  /// Half-written frames and an unfinished segment beyond 40 durable records.
  private func busyLog() -> LogBuilder {
    var log = LogBuilder(count: 90, byteCount: 1000)
    log.durableCount = 40
    log.flip(41, at: 200)
    log.flip(42, at: 85)
    log.segments[1].bytes = [UInt8](repeating: 0, count: 100)
    return log
  }

  @Test func `beyond the bound nothing is judged while a writer holds the lock`() throws {
    let place = try TemporaryLog(busyLog())
    let report = try place.verifyWhileLocked()
    #expect(report.isLive && report.verdict == .clean && report.isFaultless, "\(report)")
    #expect(report.committedCount == 40 && report.goodRanges == [0..<40])
    #expect(try place.verify().verdict == .corrupt)
  }

  @Test func `below the bound damage is damage`() throws {
    var log = busyLog()
    log.flip(20, at: 128)
    let place = try TemporaryLog(log)
    let report = try place.verifyWhileLocked()
    #expect(report.isLive && report.verdict == .corrupt, "\(report)")
    #expect(report.findings.map(\.kind) == [.payload] && report.goodRanges == [0..<20, 21..<40])
  }

  @Test func `a writer that comes in between changes nothing`() throws {
    var before = LogBuilder(count: 40, byteCount: 1000)
    let place = try TemporaryLog(before)
    before.generation = 6
    let headAfter = before.head
    let name = "segments/" + FileName.segment(.zero)
    let busy = busyLog().segments[0].bytes
    try place.write(name, busy)
    #expect(try place.verify().verdict == .tornTail)
    let report = try place.verify {
      $0.progress = { _ in try? place.write(FileName.head, headAfter) }
    }
    #expect(report.isLive && report.isFaultless && report.committedCount == 40, "\(report)")
  }
}
