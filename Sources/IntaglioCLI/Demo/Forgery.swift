internal import Intaglio
internal import IntaglioFormat
internal import IntaglioStorage
internal import SystemPackage

/// One byte of a record, changed behind the log's back: a certificate seems to have been one over 900.
struct Forgery {
  let sequence: SequenceNumber
  let stream: String
  /// The file in the log's directory, as findings name it.
  let file: String
  /// Where the byte is in the file.
  let offset: Int

  private static let truth = Array(#"\"amount\":100}"#.utf8)
  /// Where the digit stands in `truth`.
  private static let digitOffset = 11

  /// Changes the first record of the log at `path` that asks for a certificate over 100.
  init(at path: FilePath) throws {
    let snapshot = try LogReader.open(at: path, access: .copied).snapshot()
    var records = snapshot.records.makeIterator()
    while let record = try records.next()?.get() {
      guard record.stream != .log, let place = Self.offset(of: Self.truth, in: record.payloadBytes)
      else { continue }
      sequence = record.sequence
      stream = try snapshot.stream(record.stream)?.name ?? ""
      (file, offset) = try Self.change(place + Self.digitOffset, of: record, in: path)
      return
    }
    throw CommandError("the demo's run asked for no certificate over 100: please report this")
  }

  /// Changes the byte at `place` of the record's payload in the file that holds it.
  private static func change(
    _ place: Int, of record: Record, in path: FilePath
  ) throws -> (file: String, offset: Int) {
    let segments = Directory(path.appending("segments"), in: SystemFileSystem())
    for name in try segments.names() where name.hasSuffix(".seg") {
      guard let status = try segments.status(of: name) else { continue }
      let file = try segments.open(name, .readWrite)
      let bytes = try file.read(byteCount: status.byteCount, at: 0)
      guard let start = offset(of: record.payloadBytes, in: bytes) else { continue }
      try file.write([UInt8(ascii: "9")], at: start + place)
      return ("segments/\(name)", start + place)
    }
    throw CommandError("the demo did not find its record in \(segments.path): please report this")
  }

  private static func offset(of part: [UInt8], in bytes: [UInt8]) -> Int? {
    guard part.count <= bytes.count else { return nil }
    return (0...bytes.count - part.count).first { start in
      bytes[start] == part[0] && bytes[start..<start + part.count].elementsEqual(part)
    }
  }
}
