import IntaglioFormat
import IntaglioVerifier
import Testing

/// What is damaged is named, and what is not is still good.
@Suite struct DamageTests {
  static let count = 120

  static func log() -> LogBuilder { LogBuilder(count: count, byteCount: 1000) }

  /// Checks that the log is corrupt, with one finding of `kind` at `record`.
  private func expect(
    _ log: LogBuilder, _ kind: Finding.Kind, at record: Int, good: [Range<SequenceNumber>],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let report = try TemporaryLog(log).verify()
    #expect(report.verdict == .corrupt, "\(report)", sourceLocation: sourceLocation)
    #expect(report.findingCount == 1, "\(report)", sourceLocation: sourceLocation)
    let finding = try #require(report.findings.first, sourceLocation: sourceLocation)
    #expect(finding.kind == kind, "\(report)", sourceLocation: sourceLocation)
    #expect(
      finding.offset == log.records[record].offset, "\(report)", sourceLocation: sourceLocation)
    #expect(finding.sequence == UInt64(record), "\(report)", sourceLocation: sourceLocation)
    #expect(report.goodRanges == good, "\(report)", sourceLocation: sourceLocation)
  }

  @Test(
    arguments: [
      (0, Finding.Kind.storage), (4, .storage), (6, .storage), (8, .storage), (12, .storage),
      (16, .entry), (24, .entry), (28, .entry), (32, .entry), (34, .entry), (36, .entry),
      (48, .entry), (80, .entry), (81, .entry), (88, .entry), (96, .chain), (128, .payload),
      (1000, .payload),
    ])
  func `a flipped bit of a frame is named by what it belongs to`(
    offset: Int, kind: Finding.Kind
  ) throws {
    for record in [50, 51, 52] {
      var log = Self.log()
      log.flip(record, at: offset)
      let bad = UInt64(record)
      try expect(
        log, kind, at: record,
        good: [
          0..<SequenceNumber(bad), SequenceNumber(bad + 1)..<SequenceNumber(UInt64(Self.count)),
        ])
    }
  }

  @Test func `several damages are all found`() throws {
    var log = Self.log()
    for (record, offset) in [(20, 130), (33, 96), (60, 82), (61, 500), (100, 12)] {
      log.flip(record, at: offset)
    }
    let report = try TemporaryLog(log).verify()
    #expect(
      report.findings.map(\.kind) == [.payload, .chain, .entry, .payload, .storage], "\(report)")
    #expect(report.findings.map(\.sequence) == [20, 33, 60, 61, 100])
    #expect(report.goodRanges == [0..<20, 21..<33, 34..<60, 62..<100, 101..<120])
  }

  @Test func `a record that is cut out is missing`() throws {
    var log = Self.log()
    log.replaceFrames(from: 20, with: log.frames(Array(21...55)))
    try expect(log, .missing, at: 20, good: [0..<20, 21..<120])
  }

  @Test func `neighbours that are swapped are reordered`() throws {
    var log = Self.log()
    log.replaceFrames(from: 20, with: log.frames([21, 20] + Array(22...55)))
    try expect(log, .reordered, at: 20, good: [0..<120])
  }

  @Test func `a record that stands twice is duplicated`() throws {
    var log = Self.log()
    log.replaceFrames(from: 20, with: log.frames([19] + Array(20...54)))
    let report = try TemporaryLog(log).verify()
    #expect(report.findings.first?.kind == .duplicated, "\(report)")
    #expect(report.findings.first?.sequence == 20 && report.committedCount == 20)
  }

  @Test func `a record that moved is reordered`() throws {
    var log = Self.log()
    log.replaceFrames(from: 20, with: log.frames([21, 22, 23, 20] + Array(24...55)))
    let report = try TemporaryLog(log).verify()
    #expect(report.findings.map(\.kind) == [.missing, .reordered], "\(report)")
    #expect(report.goodRanges == [0..<120])
  }

  @Test func `a frame of another log is named so`() throws {
    var log = Self.log()
    var other = LogBuilder(id: 2)
    for index in other.records.count..<40 {
      other.append(LogBuilder.payload(index, byteCount: 1000), stream: StreamNumber(1))
    }
    log.replaceFrames(from: 20, with: other.frame(20) + log.frames(Array(21...55)))
    try expect(log, .otherLog, at: 20, good: [0..<20, 21..<120])
  }

  @Test func `a hole in the middle is named and what follows is good`() throws {
    var log = Self.log()
    let place = log.records[30]
    let hole = (place.offset + 100) / 8 * 8..<log.records[33].offset + 400
    log.segments[place.segmentIndex].bytes.replaceSubrange(
      hole, with: [UInt8](repeating: 0, count: hole.count))
    let report = try TemporaryLog(log).verify()
    #expect(report.verdict == .corrupt && report.committedCount == 30, "\(report)")
    #expect(report.goodRanges == [0..<30, 34..<120], "\(report)")
  }

  @Test func `a segment whose header is damaged still has its records judged`() throws {
    for offset in [0, 20, 33, 41, 49, 57, 65, 73, 200, 4070] {
      var log = Self.log()
      log.segments[1].bytes[offset] ^= 1
      let report = try TemporaryLog(log).verify()
      #expect(report.verdict == .corrupt, "\(report)")
      #expect(report.findings.map(\.kind) == [.header], "\(report)")
      #expect(report.findings.first?.offset == 0 && report.goodRanges == [0..<120], "\(report)")
    }
  }

  @Test func `a missing segment is named by its file`() throws {
    for index in 0..<2 {
      let log = Self.log()
      let place = try TemporaryLog(log)
      let name = "segments/" + FileName.segment(log.segments[index].header.firstSequence)
      try place.remove(name)
      let report = try place.verify()
      #expect(report.verdict == .corrupt, "\(report)")
      #expect(report.findings.first?.kind == .missing && report.findings.first?.file == name)
    }
  }

  @Test func `many damages are counted though not all are listed`() throws {
    var log = LogBuilder(count: 500, byteCount: 16)
    for record in stride(from: 10, to: 490, by: 2) { log.flip(record, at: 130) }
    let report = try TemporaryLog(log).verify()
    #expect(report.findings.count == 100 && report.findingCount == 240, "\(report)")
  }

  /// Every byte (of long runs of zeros, some) of every file of a small log with three segments, a filler, lz4 and a batch.
  @Test func `no byte of a log can be changed without being seen`() throws {
    var log = LogBuilder(capacity: 8192)
    for index in 0..<12 {
      let content = LogBuilder.payload(index, byteCount: 13) + [UInt8](repeating: 7, count: 30)
      log.append(
        content, stream: StreamNumber(1), flags: index % 3 == 0 ? [] : .commit,
        encoding: index % 4 == 0 ? .lz4 : .raw)
      if index == 4 { log.appendFiller(byteCount: 64) }
      if index == 7 { log.rotate() }
    }
    let place = try TemporaryLog(log)
    #expect(try place.verify { $0.threadCount = 1 }.isFaultless)
    var unseen: [String] = []
    func tryAll(_ name: String, _ original: [UInt8]) throws {
      var bytes = original
      for offset in bytes.indices {
        // Of long runs of zeros a part will do.
        if original[max(0, offset - 16)...].prefix(32).allSatisfy({ $0 == 0 }), offset % 16 > 0 {
          continue
        }
        bytes[offset] ^= UInt8(1 << (offset % 8))
        try place.write(name, bytes)
        let report = try place.verify { $0.threadCount = 1 }
        if report.isFaultless { unseen.append("\(name) at \(offset)") }
        bytes[offset] = original[offset]
      }
      try place.write(name, original)
    }
    try tryAll(FileName.manifest, log.manifest.encoded)
    try tryAll(FileName.head, log.head)
    for segment in log.segments {
      try tryAll("segments/" + FileName.segment(segment.header.firstSequence), segment.bytes)
    }
    #expect(unseen.isEmpty)
  }
}
