internal import IntaglioFormat

/// What the index of a segment knows, while it grows: where frames are, which records a stream has, which streams were
/// declared, and the times between which all records lie.
struct IndexContents: Sendable {
  var offsets = FrameOffsets()
  private(set) var lists: [PostingList] = []
  private var slots: [StreamNumber: Int] = [:]
  // Records of one stream often follow each other: the slot found last spares a look into the table.
  private var lastStream: StreamNumber?
  private var lastSlot = 0
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
  var highestStream: StreamNumber? { declarations.last?.number ?? declaredBefore }

  /// The records of `stream`, if there are any.
  func postings(of stream: StreamNumber) -> PostingList? { slots[stream].map { lists[$0] } }

  /// All streams that have records, ascending.
  var streams: [(StreamNumber, PostingList)] {
    slots.sorted { $0.key < $1.key }.map { ($0.key, lists[$0.value]) }
  }

  /// Adds the frame at `offset` of the file; `bytes` holds it at `position`.
  mutating func append(
    _ frame: FrameOutline, in bytes: RawSpan, at position: Int, fileOffset offset: Int
  ) {
    let ordinal = UInt32(count)
    offsets.append(frameAt: offset, next: offset + frame.frameByteCount)
    if frame.stream != lastStream {
      lastStream = frame.stream
      lastSlot = slot(of: frame.stream)
    }
    lists[lastSlot].append(ordinal)
    if frame.time < earliest { earliest = frame.time }
    if latest < frame.time { latest = frame.time }
    if frame.kind == RecordKind.streamDeclared.rawValue, frame.stream == .log {
      declare(bytes.extracting(frame.storedRange(at: position)), ordinal)
    }
  }

  private mutating func slot(of stream: StreamNumber) -> Int {
    if let slot = slots[stream] { return slot }
    slots[stream] = lists.count
    lists.append(PostingList())
    return lists.count - 1
  }

  private mutating func declare(_ payload: RawSpan, _ ordinal: UInt32) {
    guard
      case .streamDeclared(let number, let name)? = LogPayload(
        kind: .streamDeclared, decoding: payload)
    else { return }
    declarations.append(Declaration(number: number, name: name, ordinal: ordinal))
  }

  /// The bytes that this takes in memory, without the overhead of collections.
  var byteCount: Int {
    lists.reduce(offsets.byteCount) { $0 + $1.bytes.count + $1.skips.count * 8 + 16 }
  }
}
