import Intaglio
import IntaglioFormat
import IntaglioStorage
import IntaglioTestSupport
import SystemPackage

/// A log of 200 records in three segments of 16 KiB, written by the engine and closed in order, and where everything in
/// it lies.
///
/// The places are found by walking the frames by the layout on the page alone.
struct SampleLog: Sendable {
  struct Frame: Sendable {
    let sequence: Int
    let segmentIndex: Int
    /// In the segment's file.
    let offset: Int
    let storedByteCount: Int
    let isCompressed: Bool
    let isCommit: Bool
    /// The first sequence of the batch: the log's count if this record is lost.
    let batchStart: Int

    var byteCount: Int { 128 + (storedByteCount + 7) / 8 * 8 }
    var range: Range<Int> { offset..<offset + byteCount }
  }

  struct Segment: Sendable {
    let name: String
    let firstSequence: Int
    /// Of the first byte behind the frames.
    let endOffset: Int
  }

  static let recordCount = 200
  static let capacity = 16 << 10
  static let headerByteCount = 4096
  static let manifest = "MANIFEST"
  static let head = "HEAD"

  /// Every file of the directory, by its path in it.
  let files: [String: [UInt8]]
  let segments: [Segment]
  /// By sequence.
  let frames: [Frame]
  /// HEAD as it was while the log was written, and how many records it calls durable.
  let earlierHeads: [(bytes: [UInt8], durableCount: Int)]

  /// The frames that lie in a segment.
  func frames(of segmentIndex: Int) -> [Frame] {
    frames.filter { $0.segmentIndex == segmentIndex }
  }

  func bytes(_ frame: Frame) -> [UInt8] {
    Array(files[segments[frame.segmentIndex].name]![frame.range])
  }

  /// The file of a segment with other frames; nil if they do not fit.
  func image(of segmentIndex: Int, _ frames: [[UInt8]]) -> [UInt8]? {
    let bytes = files[segments[segmentIndex].name]!.prefix(Self.headerByteCount) + frames.joined()
    guard bytes.count <= Self.capacity else { return nil }
    return bytes + [UInt8](repeating: 0, count: Self.capacity - bytes.count)
  }
}

// MARK: Making it

extension SampleLog {
  /// Writes a log; the sizes of its records are the same for the same seed.
  static func make(seed: UInt64) throws -> SampleLog {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "log")
    var options = LogOptions()
    options.segmentByteCount = capacity
    options.compression = .none
    let log = try Log.create(at: path, origin: "example.com/corruption", options: options)
    let heads = try write(log, SeededGenerator(seed: seed))
    try log.close()
    let files = try contents(of: path)
    let (segments, frames) = places(files)
    precondition(frames.count == recordCount && segments.count == 3)
    return SampleLog(files: files, segments: segments, frames: frames, earlierHeads: heads)
  }

  /// Appends in batches of one to three, in three streams: some salted, one compressed.
  private static func write(
    _ log: Log, _ generator: consuming SeededGenerator
  ) throws -> [(bytes: [UInt8], durableCount: Int)] {
    let names = ["run-1", "run-2", "notes"]
    var streams: [LogStream] = []
    var heads: [(bytes: [UInt8], durableCount: Int)] = []
    // Record 0 is the manifest, record 1 says that the log was opened.
    var count = 2
    while count < recordCount {
      if streams.count < names.count, count >= streams.count * 20 {
        streams.append(try log.stream(named: names[streams.count]))
        count += 1
      }
      var batch = Batch(compression: .lz4(minimumByteCount: 100))
      for _ in 0..<min(Int.random(in: 1...3, using: &generator), recordCount - count) {
        let byteCount = Int.random(in: 16..<60, using: &generator)
        let payload = generator.bytes(count: byteCount)
        let isCompressible = count + batch.count == 50
        try batch.append(
          isCompressible ? [UInt8](repeating: 0x61, count: 100) + payload : payload,
          to: streams[count % streams.count], salted: count % 16 == 7)
      }
      count += batch.count
      try log.append(batch).wait()
      if count >= (heads.count + 1) * 50 {
        let bytes = try File(log.path.appending(head), .readOnly, in: SystemFileSystem())
          .read(byteCount: 8192, at: 0)
        heads.append((bytes, durableCount(bytes)))
      }
    }
    return heads
  }

  /// Of the slot with the higher generation; both slots are taken to be valid.
  private static func durableCount(_ head: [UInt8]) -> Int {
    let slot =
      integer(head, at: 32, byteCount: 8) > integer(head, at: 4128, byteCount: 8) ? 0 : 4096
    return integer(head, at: slot + 56, byteCount: 8)
  }

  private static func places(
    _ files: [String: [UInt8]]
  ) -> (segments: [Segment], frames: [Frame]) {
    var segments: [Segment] = []
    var frames: [Frame] = []
    var batchStart = 0
    for name in files.keys.sorted() where name.hasSuffix(".seg") {
      let bytes = files[name]!
      let first = frames.count
      var offset = headerByteCount
      while offset + 16 <= capacity, bytes[offset..<offset + 16].contains(where: { $0 != 0 }) {
        let frame = Frame(
          sequence: integer(bytes, at: offset + 80, byteCount: 8), segmentIndex: segments.count,
          offset: offset, storedByteCount: integer(bytes, at: offset, byteCount: 4),
          isCompressed: bytes[offset + 4] == 2, isCommit: bytes[offset + 34] & 1 == 1,
          batchStart: batchStart)
        precondition(frame.sequence == frames.count)
        frames.append(frame)
        if frame.isCommit { batchStart = frames.count }
        offset += frame.byteCount
      }
      segments.append(Segment(name: name, firstSequence: first, endOffset: offset))
    }
    return (segments, frames)
  }
}

/// The little-endian integer of `byteCount` bytes at `offset`.
func integer(_ bytes: [UInt8], at offset: Int, byteCount: Int) -> Int {
  bytes[offset..<offset + byteCount].reversed().reduce(0) { $0 << 8 | Int($1) }
}

/// Every file in a directory and in the directories in it, by its path there.
func contents(of path: FilePath) throws -> [String: [UInt8]] {
  let directory = Directory(path, in: SystemFileSystem())
  var files: [String: [UInt8]] = [:]
  for name in try directory.names() {
    if try directory.status(of: name)?.isDirectory == true {
      for (inner, bytes) in try contents(of: path.appending(name)) {
        files["\(name)/\(inner)"] = bytes
      }
    } else {
      files[name] = try directory.open(name, .readOnly).read(byteCount: 1 << 20, at: 0)
    }
  }
  return files
}
