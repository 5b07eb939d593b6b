import IntaglioFormat
import IntaglioVerifier
import Testing

/// The table of verdicts, line by line.
@Suite struct VerdictTests {
  @Test func `a whole log is clean and its head is reported`() throws {
    let log = LogBuilder(count: 300, byteCount: 700)
    #expect(log.segments.count > 3)
    let report = try TemporaryLog(log).verify()
    #expect(report.verdict == .clean && report.isFaultless, "\(report)")
    #expect(report.committedCount == 300 && report.validCount == 300 && report.provenCount == 300)
    #expect(report.chain == log.chain && report.logID == log.logID)
    #expect(report.streamCount == 1 && report.segmentCount == log.segments.count)
    #expect(report.goodRanges == [0..<300])
  }

  @Test func `records without a commit do not exist`() throws {
    var log = LogBuilder(count: 10, byteCount: 100)
    log.durableCount = 10
    log.append([1], stream: StreamNumber(1), flags: [])
    let report = try TemporaryLog(log).verify()
    #expect(report.verdict == .tornTail && report.findings.isEmpty, "\(report)")
    #expect(report.validCount == 11 && report.committedCount == 10 && report.exitCode == 4)
    #expect(report.residue?.offset == log.records[10].offset)
    #expect(report.residue?.byteCount == log.records[10].byteCount - 7)
  }

  @Test func `a new segment without records belongs to the log`() throws {
    var log = LogBuilder(count: 10, byteCount: 100)
    log.rotate()
    let report = try TemporaryLog(log).verify()
    #expect(report.verdict == .clean && report.isFaultless, "\(report)")
  }

  @Test func `a segment that is no beginning of one is corrupt, also where nothing is lost`() throws
  {
    var log = LogBuilder(count: 10, byteCount: 100)
    log.durableCount = 5
    log.rotate()
    var zeros = log
    zeros.segments[1].bytes = [UInt8](repeating: 0, count: log.capacity)
    var other = log
    other.segments[1].header.previousChain = log.records[3].chain
    var skipped = log
    skipped.segments[1].header.number = 2
    for index in [0, 1] {
      let changed = [other, skipped][index]
      var written = changed
      written.segments[1].bytes.replaceSubrange(0..<4096, with: changed.segments[1].header.encoded)
      let report = try TemporaryLog(written).verify()
      #expect(report.verdict == .corrupt, "\(report)")
      #expect(report.findings.map(\.kind) == [[.chain], [.header]][index], "\(report)")
    }
    let report = try TemporaryLog(zeros).verify()
    #expect(report.verdict == .corrupt && report.findings.map(\.kind) == [.header], "\(report)")
  }

  @Test func `a segment does not continue a batch`() throws {
    var log = LogBuilder(count: 10, byteCount: 100)
    log.append([1], stream: StreamNumber(1), flags: [])
    log.rotate()
    log.append([1], stream: StreamNumber(1))
    log.durableCount = 5
    let report = try TemporaryLog(log).verify()
    #expect(report.verdict == .corrupt && report.committedCount == 10, "\(report)")
    #expect(report.findings.map(\.kind) == [.entry], "\(report)")
  }

  @Test func `a filler behind the last commit belongs to the log`() throws {
    var log = LogBuilder(count: 10, byteCount: 100)
    log.appendFiller(byteCount: 64)
    #expect(try TemporaryLog(log).verify().isFaultless)
    log.rotate()
    log.appendFiller(byteCount: 16)
    #expect(try TemporaryLog(log).verify().isFaultless)
    log.append([1], stream: StreamNumber(1), flags: [])
    log.durableCount = 10
    let report = try TemporaryLog(log).verify { $0.chunkByteCount = 16 }
    #expect(report.verdict == .tornTail && report.residue?.offset == 4096 + 16, "\(report)")
  }

  @Test func `a frame that claims durability of lost records makes the loss damage`() throws {
    for (unsynced, verdict) in [(FrameHeader.unsyncedUnknown, Verdict.tornTail), (2, .corrupt)] {
      var log = LogBuilder(count: 10, byteCount: 100)
      log.append([1], stream: StreamNumber(1), unsynced: unsynced)
      log.generation = nil
      log.replaceFrames(from: 7, with: [UInt8](repeating: 0, count: 232) + log.frames([8, 9, 10]))
      let report = try TemporaryLog(log).verify()
      #expect(report.verdict == verdict, "\(report)")
      #expect(report.committedCount == 7)
    }
  }

  @Test func `a frame beyond a gap is damage while the same system runs`() throws {
    for (bootID, verdict) in [(UInt8(9), Verdict.corrupt), (8, .tornTail)] {
      var log = LogBuilder(count: 10, byteCount: 100)
      log.durableCount = 5
      log.replaceFrames(from: 7, with: [UInt8](repeating: 0, count: 232) + log.frames([8, 9]))
      let report = try TemporaryLog(log).verify {
        $0.bootID = [UInt8](repeating: bootID, count: 16)
      }
      #expect(report.verdict == verdict, "\(report)")
    }
  }

  @Test func `a frame is found though nonsense before it looks like a longer frame`() throws {
    var log = LogBuilder(count: 12, byteCount: 100)
    log.durableCount = 5
    // The lengths of record 7 now lead beyond the frames that follow.
    var frame = log.frame(7)
    frame.replaceSubrange(0..<4, with: [0, 0x20, 0, 0])
    log.replaceFrames(from: 7, with: frame + log.frames([8, 9, 10, 11]))
    let report = try TemporaryLog(log).verify { $0.bootID = [UInt8](repeating: 9, count: 16) }
    #expect(report.verdict == .corrupt, "\(report)")
    #expect(report.goodRanges == [0..<7, 8..<12], "\(report)")
  }

  @Test func `a trusted head that the log does not reach makes it truncated`() throws {
    let log = LogBuilder(count: 10, byteCount: 100)
    let place = try TemporaryLog(log)
    let later = try place.verify { $0.trustedHeads = [TrustedHead(count: 12, chain: log.chain)] }
    #expect(later.verdict == .truncated && later.provenCount == 12, "\(later)")
    let right = try place.verify {
      $0.trustedHeads = [
        TrustedHead(count: 10, chain: log.chain),
        TrustedHead(count: 3, chain: log.records[2].chain),
        TrustedHead(count: 0, chain: log.logID.genesis),
      ]
    }
    #expect(right.isFaultless)
    let other = try place.verify {
      $0.trustedHeads = [TrustedHead(count: 9, chain: log.chain)]
    }
    #expect(other.verdict == .rewritten && other.exitCode == 1, "\(other)")
  }

  @Test func `a log that was written anew contradicts its head`() throws {
    let old = LogBuilder(count: 10, byteCount: 100)
    let new = LogBuilder(count: 12, byteCount: 101)
    let place = try TemporaryLog(new)
    try place.write(FileName.head, old.head)
    #expect(try place.verify().verdict == .rewritten)
  }

  @Test func `durable records that are gone make the log truncated, however they went`() throws {
    let log = LogBuilder(count: 200, byteCount: 700)
    let cut = log.records[150]
    let name = { (index: Int) in
      "segments/" + FileName.segment(log.segments[index].header.firstSequence)
    }
    // Zeros in their place.
    var zeroed = log
    zeroed.replaceFrames(from: 150, with: [])
    zeroed.segments.removeLast(zeroed.segments.count - cut.segmentIndex - 1)
    let place = try TemporaryLog(zeroed)
    try place.write(FileName.head, log.head)
    var report = try place.verify()
    #expect(report.verdict == .truncated && report.committedCount == 150, "\(report)")
    #expect(report.findings.first?.kind == .missing && report.findings.first?.offset == cut.offset)
    // The file ends between two records.
    try place.write(
      name(cut.segmentIndex), Array(log.segments[cut.segmentIndex].bytes.prefix(cut.offset)))
    report = try place.verify()
    #expect(report.verdict == .truncated && report.committedCount == 150, "\(report)")
    // The file ends within a record: its remains are residue.
    try place.write(
      name(cut.segmentIndex), Array(log.segments[cut.segmentIndex].bytes.prefix(cut.offset + 300)))
    report = try place.verify()
    #expect(report.verdict == .corrupt && report.committedCount == 150, "\(report)")
    // The whole last segments are gone.
    try place.remove(name(cut.segmentIndex))
    report = try place.verify()
    let first = log.segments[cut.segmentIndex].header.firstSequence.rawValue
    #expect(report.verdict == .truncated && report.committedCount == first, "\(report)")
  }

  @Test func `what was durable by no evidence is a torn tail or not seen`() throws {
    var log = LogBuilder(count: 10, byteCount: 100)
    log.durableCount = 5
    var lost = log
    lost.replaceFrames(from: 8, with: [])
    #expect(try TemporaryLog(lost).verify().verdict == .clean)
    log.replaceFrames(from: 8, with: Array(log.frame(8).prefix(64)))
    #expect(try TemporaryLog(log).verify().verdict == .tornTail)
  }

  @Test func `a file that is not as large as its header says is damage`() throws {
    var log = LogBuilder(count: 10, byteCount: 100)
    log.segments[0].bytes += [0, 0, 0, 0]
    #expect(try TemporaryLog(log).verify().verdict == .corrupt)
    log.segments[0].bytes.removeLast(12)
    let report = try TemporaryLog(log).verify()
    #expect(report.verdict == .corrupt && report.findings.first?.kind == .storage, "\(report)")
  }
}
