internal import IntaglioFormat
internal import IntaglioStorage
internal import SystemPackage

/// Reads what stands at any position of a segment, one at a time: for segments that are damaged.
struct FrameReader {
  /// Of a frame whose header can be read: what holds of it by itself.
  struct Frame {
    let header: FrameHeader
    let offset: Int
    let sumHolds: Bool
    let contentHolds: Bool

    var end: Int { offset + header.frameByteCount }
    var sequence: UInt64 { header.sequence.rawValue }
    /// Valid but for its place in the chain.
    var isValid: Bool { sumHolds && contentHolds }
  }

  enum Stand {
    case end
    case filler(byteCount: Int, holds: Bool)
    case frame(Frame)
    case invalid(String, plausibleByteCount: Int?)
  }

  let segment: SegmentFile
  let context: UInt64
  /// Nil if the segment's header is damaged in a way that no checksum can be checked.
  private var nonce: UInt64?
  private let open: OpenFile
  // What was read last, and where it lies in the file.
  private var window: [UInt8] = []
  private var windowOffset = 0

  /// The end of the bytes in which frames may lie.
  var byteCount: Int { segment.byteCount }

  /// - Parameter segment: with a valid header, or at least with one from which the nonce can be read.
  init(_ segment: SegmentFile, context: UInt64) throws(StorageError) {
    self.segment = segment
    self.context = context
    open = try segment.open()
    guard segment.headerBytes.count == SegmentHeader.byteCount else { return }
    nonce = segment.headerBytes.rawSpan.integer(at: 56)
    if segment.header == nil, let first = try frame(at: SegmentHeader.byteCount),
      !first.sumHolds, first.contentHolds
    {
      nonce = nil
    }
  }

  /// What stands at `offset`.
  mutating func stand(at offset: Int) throws(StorageError) -> Stand {
    switch try parse(at: offset) {
    case .end: return .end
    case .filler(let byteCount):
      let holds = try nonce.map { nonce throws(StorageError) in
        try fillerHolds(open.file, at: offset, byteCount: byteCount, nonce: nonce)
      }
      return .filler(byteCount: byteCount, holds: holds ?? true)
    case .invalid(let defect, let plausible):
      return .invalid(defect.description, plausibleByteCount: plausible)
    case .frame(let header):
      let position = try hold(offset, byteCount: header.frameByteCount)
      let bytes = window.rawSpan
      return .frame(
        Frame(
          header: header, offset: offset,
          sumHolds: nonce.map { header.crcHolds(bytes, at: position, nonce: $0) } ?? true,
          contentHolds: header.contentHolds(bytes, at: position)))
    }
  }

  /// The frame at `offset`, if there is one whose header can be read.
  mutating func frame(at offset: Int) throws(StorageError) -> Frame? {
    guard offset < byteCount, case .frame(let frame) = try stand(at: offset) else { return nil }
    return frame
  }

  /// What the bytes at `offset` say they are, contents unseen.
  mutating func parse(at offset: Int) throws(StorageError) -> FrameParse {
    let available = byteCount - offset
    let position = try hold(offset, byteCount: min(FrameHeader.byteCount, available))
    return FrameHeader.parse(
      window.rawSpan, at: position, available: available, context: context)
  }

  /// The bytes of a frame's header, as they are.
  mutating func headerBytes(at offset: Int) throws(StorageError) -> [UInt8] {
    let count = min(FrameHeader.byteCount, byteCount - offset)
    let position = try hold(offset, byteCount: count)
    return Array(window[position..<position + count])
  }

  /// The chain value of the frame at `offset`, computed anew.
  mutating func chain(at offset: Int, after previous: Digest) throws(StorageError) -> Digest {
    let position = try hold(offset, byteCount: FrameHeader.byteCount)
    return FrameHeader.chain(of: window.rawSpan, at: position, after: previous)
  }

  /// The first byte from `offset` on that is not zero, up to the end of the file.
  mutating func firstNonzero(from offset: Int) throws(StorageError) -> Int? {
    var offset = offset
    while offset < segment.fileByteCount {
      let position = try hold(offset, byteCount: 1)
      let held = window.rawSpan.extracting(position..<window.count)
      if let found = held.firstNonzeroOffset { return offset + found }
      offset += held.byteCount
    }
    return nil
  }

  /// The last byte from `offset` on that is not zero.
  mutating func lastNonzero(from offset: Int) throws(StorageError) -> Int? {
    var end = segment.fileByteCount
    while end > offset {
      let count = min(Self.windowByteCount, end - offset)
      let position = try hold(end - count, byteCount: count)
      if let found = window.rawSpan.extracting(position..<position + count).lastNonzeroOffset {
        return end - count + found
      }
      end -= count
    }
    return nil
  }

  /// The next position from `offset` on, a multiple of 8, where something stands that is not zero.
  mutating func nextCandidate(from offset: Int) throws(StorageError) -> Int? {
    guard let found = try firstNonzero(from: rounded(offset, upTo: FrameHeader.alignment)),
      found < byteCount
    else { return nil }
    return found & ~(FrameHeader.alignment - 1)
  }

  private static let windowByteCount = 1 << 20

  /// Makes the window hold the bytes, and returns where in it they begin.
  private mutating func hold(_ offset: Int, byteCount: Int) throws(StorageError) -> Int {
    let end = windowOffset + window.count
    if offset >= windowOffset && offset + byteCount <= end { return offset - windowOffset }
    let rest = segment.fileByteCount - offset
    window = try open.file.read(
      byteCount: max(byteCount, min(Self.windowByteCount, rest)), at: offset)
    windowOffset = offset
    guard window.count >= byteCount else {
      throw StorageError("read to its end, which moved while it was read,", segment.path, .ioError)
    }
    return 0
  }
}
