internal import IntaglioFormat
internal import IntaglioStorage
internal import SystemPackage

/// A record that was read again after the scan had found it valid.
struct StateRecord: Sendable {
  let header: FrameHeader
  /// Empty if it was erased.
  private let content: [UInt8]

  init(_ header: FrameHeader, content: [UInt8]) {
    self.header = header
    self.content = content
  }

  var isErased: Bool { header.encoding == .erased }
  /// Empty if the content was erased.
  var payload: RawSpan {
    @_lifetime(borrow self)
    get {
      content.rawSpan.extracting(
        min(header.contentByteCount - header.payloadByteCount, content.count)...)
    }
  }
}

/// Reads single records of segments, through a window that it keeps.
final class StateReader: Sendable {
  private struct Shared {
    var files: [(segmentIndex: Int, file: OpenFile)] = []
    var window: [UInt8] = []
    var windowOffset = 0
    var windowSegmentIndex = -1
  }

  private static let fileLimit = 16
  private let segments: [SegmentFile]
  private let context: UInt64
  private let windowByteCount: Int
  private let isAligned: Bool
  private let shared = Locked(Shared())

  /// - Parameters:
  ///   - windowByteCount: a power of two: how much is read at a time, or more if a record is longer.
  ///   - isAligned: whether windows begin at multiples of that, for going through a file in order and a little back; else
  ///     they begin with the record that is asked for.
  init(_ segments: [SegmentFile], context: UInt64, windowByteCount: Int, isAligned: Bool) {
    self.segments = segments
    self.context = context
    self.windowByteCount = windowByteCount
    self.isAligned = isAligned
  }

  func record(_ place: StatePlace) throws(StorageError) -> StateRecord {
    try shared.withLock { shared throws(StorageError) in
      let segment = segments[place.segmentIndex]
      let offset = place.note.offset
      var position = try hold(
        offset..<offset + FrameHeader.byteCount, place.segmentIndex, &shared)
      let parse = FrameHeader.parse(
        shared.window.rawSpan, at: position, available: segment.byteCount - offset,
        context: context)
      guard case .frame(let header) = parse, header.sequence == place.sequence,
        header.kind == place.kind, header.stream == place.note.stream
      else { throw moved(segment) }
      position = try hold(offset..<offset + header.frameByteCount, place.segmentIndex, &shared)
      let stored = shared.window.rawSpan.extracting(header.storedRange(at: position))
      guard header.encoding == .lz4 else { return StateRecord(header, content: stored.array) }
      guard let content = LZ4.decompress(stored, byteCount: header.contentByteCount) else {
        throw moved(segment)
      }
      return StateRecord(header, content: content)
    }
  }

  /// Makes the window hold the bytes, and returns where in it they begin.
  private func hold(
    _ range: Range<Int>, _ segmentIndex: Int, _ shared: inout Shared
  ) throws(StorageError) -> Int {
    let end = shared.windowOffset + shared.window.count
    if shared.windowSegmentIndex == segmentIndex, range.lowerBound >= shared.windowOffset,
      range.upperBound <= end
    {
      return range.lowerBound - shared.windowOffset
    }
    let start = isAligned ? range.lowerBound & ~(windowByteCount - 1) : range.lowerBound
    let file = try open(segmentIndex, &shared)
    shared.windowSegmentIndex = -1
    shared.window = try file.file.read(
      byteCount: max(windowByteCount, range.upperBound - start), at: start)
    shared.windowOffset = start
    shared.windowSegmentIndex = segmentIndex
    guard start + shared.window.count >= range.upperBound else {
      throw moved(segments[segmentIndex])
    }
    return range.lowerBound - start
  }

  private func open(
    _ segmentIndex: Int, _ shared: inout Shared
  ) throws(StorageError) -> OpenFile {
    if let known = shared.files.first(where: { $0.segmentIndex == segmentIndex }) {
      return known.file
    }
    if shared.files.count == Self.fileLimit { shared.files.removeFirst() }
    let file = try segments[segmentIndex].open()
    shared.files.append((segmentIndex, file))
    return file
  }

  private func moved(_ segment: SegmentFile) -> StorageError {
    StorageError("read again, because it changed while it was read,", segment.path, .ioError)
  }
}
