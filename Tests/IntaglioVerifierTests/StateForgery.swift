import Intaglio
import IntaglioFormat
import IntaglioStorage
import IntaglioTestSupport
import IntaglioVerifier
import SystemPackage
import Testing

/// The records of a log that the engine wrote, to be changed and chained anew: the chain holds, whatever they say.
struct StateForgery: Sendable {
  struct Record: Sendable {
    /// With the salt, if it has one.
    var content: [UInt8]
    var stream: StreamNumber
    var kind: RecordKind
    var flags: FrameFlags
    var encoding = FrameEncoding.raw

    var salt: ArraySlice<UInt8> { content.prefix(flags.contains(.salted) ? 16 : 0) }
    var payload: [UInt8] { Array(content[salt.endIndex...]) }
  }

  static let capacity = 4 << 20
  let logID: LogID
  var records: [Record] = []

  /// - Precondition: the log in `path` has one segment, and nothing is compressed.
  init(_ path: FilePath) throws {
    let name = FileName.segments + "/" + FileName.segment(.zero)
    let file = try File(path.appending(name), .readOnly, in: SystemFileSystem())
    let bytes = try file.read(byteCount: 1 << 26, at: 0)
    logID = try SegmentHeader(decoding: bytes.rawSpan).logID
    var offset = SegmentHeader.byteCount
    while case .frame(let header) = FrameHeader.parse(
      bytes.rawSpan, at: offset, available: bytes.count - offset, context: logID.context)
    {
      precondition(header.encoding == .raw)
      records.append(
        Record(
          content: Array(bytes[header.storedRange(at: offset)]), stream: header.stream,
          kind: header.kind, flags: header.flags))
      offset += header.frameByteCount
    }
  }

  /// A log that `body` writes.
  static func writing(_ body: (Log) throws -> Void) throws -> StateForgery {
    let directory = try TemporaryDirectory()
    var options = LogOptions()
    options.segmentByteCount = 64 << 20
    options.compression = .none
    options.durability = .written
    let path = directory.path(of: "log")
    let log = try Log.create(at: path, origin: "example.com/test", options: options)
    try body(log)
    try log.close()
    let folder = Directory(path.appending(FileName.segments), in: SystemFileSystem())
    let segments = try folder.names().filter { $0.hasSuffix(".seg") }
    precondition(segments.count == 1, "the log outgrew its first segment")
    return try StateForgery(path)
  }

  func sequences(_ kind: RecordKind, in stream: UInt32) -> [Int] {
    records.indices.filter {
      records[$0].kind == kind && records[$0].stream.rawValue == stream
    }
  }

  mutating func edit(_ sequence: Int, _ body: (inout [UInt8]) -> Void) {
    var payload = records[sequence].payload
    body(&payload)
    records[sequence].content = records[sequence].salt + payload
  }

  mutating func editCheckpoint(
    _ sequence: Int, _ body: (inout StatePayload.Checkpoint) -> Void
  ) {
    edit(sequence) { bytes in
      guard
        case .checkpoint(var payload)? = StatePayload(
          kind: .stateCheckpoint, decoding: bytes.rawSpan)
      else { preconditionFailure("no checkpoint") }
      body(&payload)
      bytes = StatePayload.checkpoint(payload).encoded
    }
  }

  mutating func editRollback(_ sequence: Int, _ body: (inout StatePayload.Rollback) -> Void) {
    edit(sequence) { bytes in
      guard
        case .rollback(var payload)? = StatePayload(kind: .stateRollback, decoding: bytes.rawSpan)
      else { preconditionFailure("no rollback") }
      body(&payload)
      bytes = StatePayload.rollback(payload).encoded
    }
  }

  /// Erases a record lawfully.
  mutating func erase(_ sequence: Int) {
    records[sequence].encoding = .erased
    let erasure = LogPayload.erased(
      sequences: [SequenceNumber(UInt64(sequence))], reason: "asked for", by: "uid:1")
    append(.erased, erasure.encoded, in: 0)
  }

  mutating func append(
    _ kind: RecordKind, _ payload: [UInt8], in stream: UInt32, flags: FrameFlags = .commit
  ) {
    records.append(
      Record(content: payload, stream: StreamNumber(stream), kind: kind, flags: flags))
  }

  var log: LogBuilder {
    var log = LogBuilder(emptyWith: logID, capacity: Self.capacity)
    for record in records {
      log.append(
        record.content, stream: record.stream, kind: record.kind, flags: record.flags,
        encoding: record.encoding)
    }
    return log
  }

  /// What a check of the states finds; the chain is always right.
  func findings(sourceLocation: SourceLocation = #_sourceLocation) throws -> [Finding] {
    let log = log
    precondition(log.segments.count == 1)
    let place = try TemporaryLog(log)
    let report = try place.verify()
    #expect(report.verdict == .clean, "\(report)", sourceLocation: sourceLocation)
    #expect(report.findings.allSatisfy { $0.kind == .state }, sourceLocation: sourceLocation)
    #expect(report.exitCode == (report.findings.isEmpty ? 0 : 1), sourceLocation: sourceLocation)
    for finding in report.findings {
      let placed = log.records[Int(finding.sequence!)]
      #expect(finding.offset == placed.offset, sourceLocation: sourceLocation)
      #expect(finding.text.utf8.count < 300 && !finding.text.contains("\n"))
    }
    let without = try place.verify { $0.checksState = false }
    #expect(without.isFaultless && without.states == nil, sourceLocation: sourceLocation)
    return report.findings
  }
}
