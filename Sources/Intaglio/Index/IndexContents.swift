internal import IntaglioFormat

/// What the index of a segment knows, while it grows: where frames are, which records a stream has, which streams were
/// declared, and the times between which all records lie.
struct IndexContents: Sendable {
  var offsets = FrameOffsets()
  var postings: [StreamNumber: PostingList] = [:]
  /// In the order of declaration, numbers ascending without gaps.
  var declarations: [Declaration] = []
  /// The highest number declared before this segment; nil if that is not known.
  var declaredBefore: StreamNumber?
  var earliest = Timestamp(nanoseconds: .max)
  var latest = Timestamp(nanoseconds: 0)

  struct Declaration: Sendable {
    var number: StreamNumber
    var name: String
    var ordinal: UInt32
  }

  var count: Int { offsets.count }

  /// The highest number declared in this segment or before it, if that is known.
  var lastStream: StreamNumber? { declarations.last?.number ?? declaredBefore }

  /// Adds the frame at `offset`; `bytes` holds it there at `position`.
  mutating func append(
    _ header: FrameHeader, in bytes: RawSpan, at position: Int, fileOffset offset: Int
  ) {
    let ordinal = UInt32(count)
    offsets.append(frameAt: offset, next: offset + header.frameByteCount)
    postings[header.stream, default: PostingList()].append(ordinal)
    if header.time < earliest { earliest = header.time }
    if latest < header.time { latest = header.time }
    if header.kind == .streamDeclared, header.stream == .log, header.encoding == .raw {
      let payload = bytes.extracting(header.storedRange(at: position))
      if case .streamDeclared(let number, let name)? = LogPayload(
        kind: .streamDeclared, decoding: payload)
      {
        declarations.append(Declaration(number: number, name: name, ordinal: ordinal))
      }
    }
  }

  /// The bytes that this takes in memory, without the overhead of collections.
  var byteCount: Int {
    postings.values.reduce(offsets.byteCount) { $0 + $1.bytes.count + $1.skips.count * 8 + 16 }
  }
}
