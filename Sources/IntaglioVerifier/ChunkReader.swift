internal import IntaglioFormat
internal import IntaglioStorage
internal import SystemPackage

/// Memory of one thread that holds a chunk of a segment, reused from chunk to chunk.
struct ChunkBuffer: ~Copyable {
  private var memory: StagingBuffer
  /// Of the first byte held, in the segment's file.
  private(set) var offset = 0
  /// How many bytes are held.
  private(set) var byteCount = 0

  init(byteCount: Int) { memory = StagingBuffer(byteCount: byteCount) }

  /// The memory; of it the first `byteCount` bytes are from the file.
  var bytes: RawSpan {
    @_lifetime(borrow self)
    get { memory.bytes }
  }

  /// Holds the bytes of `range` of the file.
  mutating func load(_ range: Range<Int>, of file: borrowing File) throws(StorageError) {
    offset = range.lowerBound
    byteCount = 0
    if memory.byteCount < range.count {
      memory = StagingBuffer(byteCount: rounded(range.count, upTo: 1 << 20))
    }
    try extend(to: range.upperBound, of: file)
  }

  /// Holds more bytes, up to `end` in the file.
  mutating func extend(to end: Int, of file: borrowing File) throws(StorageError) {
    guard end > offset + byteCount else { return }
    if end - offset > memory.byteCount { return try load(offset..<end, of: file) }
    let wanted = byteCount..<end - offset
    let position = offset + byteCount
    var outcome: Result<Int, StorageError> = .success(0)
    memory.reserve()
    memory.fill(wanted) { span in
      do throws(StorageError) {
        outcome = .success(try file.read(into: &span, at: position))
      } catch {
        outcome = .failure(error)
      }
    }
    guard try outcome.get() == wanted.count else {
      throw StorageError("read to its end, which moved while it was read,", file.path, .ioError)
    }
    byteCount = end - offset
  }
}

/// The frames that begin in one chunk of a segment: found by their lengths first, checked afterwards.
///
/// Finding them needs the chunk before, checking does not: so threads take turns for the first and not for the second.
struct ChunkFrames: Sendable {
  struct Filler: Sendable {
    let offset: Int
    let byteCount: Int
    let isInBatch: Bool
    /// How many frames of the chunk stand before it.
    let frameIndex: Int
  }

  private(set) var start = Position(offset: 0, sequence: 0, chain: .zero)
  /// By their offsets in the buffer.
  private(set) var frames: [PlacedFrame] = []
  private(set) var fillers: [Filler] = []
  private(set) var state = ReadingState.goingOn
  /// Where the frames end in this chunk; from here on the next chunk, or zeros.
  private(set) var end = 0

  /// Finds the frames from `start` on that begin before `limit`, and returns where the next chunk goes on.
  mutating func find(
    from start: Position, before limit: Int, in buffer: borrowing ChunkBuffer,
    of segment: SegmentFile, context: UInt64, bound: UInt64?
  ) -> Position {
    self.start = start
    frames.removeAll(keepingCapacity: true)
    var next = start
    var fillers: [Filler] = []
    var state = ReadingState.goingOn
    let bytes = buffer.bytes
    let fileEnd = segment.byteCount
    let bufferOffset = buffer.offset
    // At most; what is not used costs nothing.
    let capacity = max(0, limit - start.offset) / FrameHeader.byteCount + 1
    frames.append(addingCapacity: capacity) { frames in
      find: while next.offset < limit {
        if next.sequence == bound {
          state = .atBound
          break
        }
        let position = next.offset - bufferOffset
        let available = fileEnd - next.offset
        switch bytes.parseFrame(at: position, available: available, context: context) {
        case .end:
          state = .ended
          break find
        case .filler(let byteCount):
          fillers.append(
            Filler(
              offset: next.offset, byteCount: byteCount, isInBatch: next.isInBatch,
              frameIndex: frames.count))
          next.offset += byteCount
        case .frame(let outline):
          guard outline.sequence.rawValue == next.sequence else {
            state = .broken
            break find
          }
          frames.append(PlacedFrame(outline, at: position))
          next.offset += outline.frameByteCount
          next.sequence &+= 1
          next.isInBatch = !outline.isCommit
        case .invalid:
          state = .broken
          break find
        }
      }
    }
    self.fillers = fillers
    self.state = state
    if let last = frames.last { next.chain = FrameHeader.chain(storedIn: bytes, at: last.offset) }
    end = next.offset
    return next
  }
}
