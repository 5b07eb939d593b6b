internal import IntaglioFormat

/// What valid frames say that has to be judged in the order of the log: few of many.
struct RecordNotes: Sendable {
  struct Note: Sendable {
    let sequence: UInt64
    let offset: Int
    let content: Content
  }

  enum Content: Sendable {
    /// A record of the log's own, whose payload is understood.
    case payload(LogPayload)
    case manifest([UInt8])
    /// A record of the log's own, whose payload is not what its kind carries.
    case unreadable(RecordKind)
    /// A record of a kind that belongs into stream 0, in another.
    case misplaced(RecordKind, StreamNumber)
    /// A stream with a higher number than those used before in this run of frames.
    case use(StreamNumber)
    case erased
    /// A filler inside a batch.
    case misplacedFiller
  }

  private(set) var notes: [Note] = []
  /// Where records of states lie.
  private(set) var states: [StateNote] = []
  private var highestStream = StreamNumber.log

  mutating func append(_ other: RecordNotes) {
    notes.append(contentsOf: other.notes)
    states.append(contentsOf: other.states)
  }

  /// Notes what is worth it of the frame at `position` of `bytes`, which lies at `offset` in its file.
  mutating func add(_ frame: FrameOutline, _ bytes: RawSpan, at position: Int, offset: Int) {
    if frame.stream > highestStream {
      highestStream = frame.stream
      add(.use(frame.stream), frame.sequence.rawValue, offset)
    }
    if frame.isErased { add(.erased, frame.sequence.rawValue, offset) }
    let kind = RecordKind(frame.kind)
    guard kind.isReserved else { return }
    if let state = StateNote(frame, offset: offset) { states.append(state) }
    if kind.rawValue < 16 && frame.stream != .log {
      add(.misplaced(kind, frame.stream), frame.sequence.rawValue, offset)
    }
    guard !frame.isErased, kind.rawValue <= RecordKind.erased.rawValue else {
      return
    }
    add(Self.content(frame, bytes, at: position), frame.sequence.rawValue, offset)
  }

  mutating func addMisplacedFiller(_ sequence: UInt64, offset: Int) {
    add(.misplacedFiller, sequence, offset)
  }

  private mutating func add(_ content: Content, _ sequence: UInt64, _ offset: Int) {
    notes.append(Note(sequence: sequence, offset: offset, content: content))
  }

  private static func content(
    _ frame: FrameOutline, _ bytes: RawSpan, at position: Int
  ) -> Content {
    var content = bytes.extracting(frame.storedRange(at: position)).array
    if frame.isCompressed {
      content = LZ4.decompress(content.rawSpan, byteCount: frame.contentByteCount) ?? []
    }
    if frame.flags.isSalted {
      content.removeFirst(min(Limits.saltByteCount, content.count))
    }
    let kind = RecordKind(frame.kind)
    if kind == .manifest { return .manifest(content) }
    let payload = LogPayload(kind: kind, decoding: content.rawSpan)
    return payload.map(Content.payload) ?? .unreadable(kind)
  }
}
