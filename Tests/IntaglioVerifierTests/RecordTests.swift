import IntaglioFormat
import IntaglioVerifier
import Testing

/// What records say of the log is held against it; the verdict stays what the bytes are.
@Suite struct RecordTests {
  private func findings(_ change: (inout LogBuilder) -> Void) throws -> [Finding] {
    var log = LogBuilder()
    change(&log)
    let report = try TemporaryLog(log).verify()
    #expect(report.verdict == .clean, "\(report)")
    #expect(report.exitCode == (report.findings.isEmpty ? 0 : 1))
    return report.findings
  }

  @Test func `a stream has to be declared once, in order, before it is used`() throws {
    #expect(try findings { $0.append(.streamDeclared(StreamNumber(2), name: "b")) }.isEmpty)
    let wrong: [(inout LogBuilder) -> Void] = [
      { $0.append([1], stream: StreamNumber(2)) },
      { $0.append(.streamDeclared(StreamNumber(3), name: "b")) },
      { $0.append(.streamDeclared(StreamNumber(2), name: "run-1")) },
      { $0.append(.streamDeclared(StreamNumber(1), name: "b")) },
    ]
    for change in wrong {
      #expect(try findings(change).map(\.kind) == [.stream])
    }
  }

  @Test func `records of the log stand where they belong and say what they should`() throws {
    let wrong: [(inout LogBuilder) -> Void] = [
      { $0.append($0.manifest.encoded, kind: .manifest) },
      { $0.append([UInt8]("{}".utf8), kind: .opened) },
      { $0.append([1], stream: StreamNumber(1), kind: RecordKind(7)) },
    ]
    for change in wrong {
      #expect(try findings(change).map(\.kind) == [.entry])
    }
    #expect(try findings { $0.append([1], stream: StreamNumber(1), kind: RecordKind(99)) }.isEmpty)
  }

  @Test func `an erased record needs a later record that names it`() throws {
    let erasure = { (sequence: SequenceNumber) in
      LogPayload.erased(sequences: [sequence], reason: "request", by: "uid:1")
    }
    #expect(
      try findings {
        $0.append([], stream: StreamNumber(1), encoding: .erased)
        $0.append(erasure(3))
      }.isEmpty)
    let kinds = try findings {
      $0.append(erasure(4))
      $0.append([], stream: StreamNumber(1), encoding: .erased)
    }
    #expect(kinds.map(\.kind) == [.erasure, .erasure])
  }

  @Test func `a filler inside a batch is reported`() throws {
    let found = try findings {
      $0.append([1], stream: StreamNumber(1), flags: [])
      $0.appendFiller(byteCount: 32)
      $0.append([1], stream: StreamNumber(1))
    }
    #expect(found.map(\.kind) == [.storage])
  }

  @Test func `quarantine holds what recoveries say that they put there`() throws {
    let bytes: [UInt8] = [1, 2, 3]
    let digest = SHA256.hash(bytes)
    var log = LogBuilder()
    log.append(.recovered(at: 3, digest: digest, byteCount: 3))
    let place = try TemporaryLog(log)
    let name = "quarantine/" + FileName.quarantined(at: 3, digest: digest)
    #expect(try place.verify().findings.map(\.kind) == [.quarantine])
    try place.write(name, bytes)
    #expect(try place.verify().isFaultless)
    try place.write(name, [1, 2, 4])
    #expect(try place.verify().findings.map(\.kind) == [.quarantine])
    try place.write(name, [1, 2, 3, 4])
    #expect(try place.verify().findings.map(\.kind) == [.quarantine])
    try place.write(name, bytes)
    try place.write("quarantine/4-unfinished.tmp", bytes)
    #expect(try place.verify().isFaultless)
    // A recovery that was cut off left this one, and the next opening adds its record.
    try place.write("quarantine/" + FileName.quarantined(at: 4, digest: digest), bytes)
    #expect(try place.verify().isFaultless)
  }

  @Test func `HEAD is reported where it is not valid and changes no verdict`() throws {
    let log = LogBuilder(count: 10, byteCount: 10)
    let place = try TemporaryLog(log)
    for offset in [16, 4096 + 128] {
      var head = log.head
      head[offset] ^= 1
      try place.write(FileName.head, head)
      let report = try place.verify()
      #expect(report.verdict == .clean && report.findings.map(\.kind) == [.header], "\(report)")
      #expect(report.findings.first?.offset == offset / 4096 * 4096)
    }
    try place.write(FileName.head, LogBuilder(id: 2).head)
    #expect(try place.verify().findings.map(\.kind) == [.otherLog, .otherLog])
    try place.remove(FileName.head)
    #expect(try place.verify().findings.map(\.kind) == [.missing])
  }
}
