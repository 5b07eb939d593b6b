internal import Intaglio
internal import IntaglioFormat
internal import IntaglioStorage
internal import SystemPackage

/// The size of a log: what `stat` shows.
struct Statistics {
  let manifest: Manifest
  let recordCount: UInt64
  /// Declared streams.
  let streamCount: Int
  let head: String?
  /// The times of the first and of the last record.
  let times: (first: Timestamp, last: Timestamp)?
  let isBeingWritten: Bool
  private(set) var segmentCount = 0
  private(set) var segmentByteCount = 0
  /// Bytes of segments up to the end of the durable records.
  private(set) var usedByteCount = 0
  private(set) var indexByteCount = 0

  var bytesPerRecord: Int? {
    recordCount == 0 ? nil : (usedByteCount + Int(recordCount) / 2) / Int(recordCount)
  }

  init(_ reader: LogReader) throws {
    manifest = reader.manifest
    let snapshot = try reader.snapshot()
    recordCount = snapshot.count
    streamCount = try snapshot.streams().count { $0.stream.number != .log }
    head = snapshot.headText
    times =
      snapshot.count == 0
      ? nil
      : (
        try snapshot.record(at: .zero).time,
        try snapshot.record(at: SequenceNumber(snapshot.count - 1)).time
      )
    isBeingWritten = try reader.isBeingWritten()
    try addFiles(in: reader.path)
  }

  private mutating func addFiles(in path: FilePath) throws(StorageError) {
    let system = SystemFileSystem()
    let log = Directory(path, in: system)
    let head = try log.open("HEAD", .readOnly).read(byteCount: HeadSlot.fileByteCount, at: 0)
    let slot = Head(decoding: head.rawSpan).newest
    let segments = Directory(path.appending("segments"), in: system)
    for name in try segments.names() {
      guard let status = try segments.status(of: name) else { continue }
      if name.hasSuffix(".idx") { indexByteCount += status.byteCount }
      guard name.hasSuffix(".seg"), let first = UInt64(name.dropLast(4)) else { continue }
      segmentCount += 1
      segmentByteCount += status.byteCount
      guard let slot else { continue }
      if first < slot.durableSegment.rawValue { usedByteCount += status.byteCount }
      if first == slot.durableSegment.rawValue {
        usedByteCount += Int(clamping: slot.durableOffset.rawValue)
      }
    }
  }
}
