internal import IntaglioFormat
internal import IntaglioStorage

/// Checks the frames of a chunk, and sums up what they are worth.
struct ChunkCheck: ~Copyable {
  let context: UInt64
  /// Counts at which chain values are asked for, in order.
  let watched: [UInt64]
  private var check = FrameCheck()

  init(context: UInt64, watched: [UInt64]) {
    self.context = context
    self.watched = watched
  }

  /// What the frames of `chunk`, all held by `buffer`, are worth.
  mutating func run(
    _ chunk: borrowing ChunkFrames, in buffer: borrowing ChunkBuffer, nonce: UInt64,
    file: borrowing File
  ) throws(StorageError) -> FrameRun {
    let bytes = buffer.bytes
    var valid = Extent(frameCount: chunk.frames.count, offset: chunk.end)
    if let (index, _) = check.firstFault(
      at: chunk.frames.indices, of: chunk.frames, in: bytes, after: chunk.start.chain, nonce: nonce)
    {
      valid.end(before: index, at: buffer.offset + chunk.frames[index].offset)
    }
    try checkFillers(chunk, nonce: nonce, file: file, &valid)
    return summary(chunk, bytes, offset: buffer.offset, valid)
  }

  /// How far the chunk is valid: each check may shorten it.
  private struct Extent {
    var frameCount: Int
    var offset: Int

    mutating func end(before frameIndex: Int, at offset: Int) {
      guard offset < self.offset else { return }
      frameCount = frameIndex
      self.offset = offset
    }
  }

  private func checkFillers(
    _ chunk: borrowing ChunkFrames, nonce: UInt64, file: borrowing File, _ valid: inout Extent
  ) throws(StorageError) {
    for filler in chunk.fillers {
      let holds = try fillerHolds(
        file, at: filler.offset, byteCount: filler.byteCount, nonce: nonce)
      if !holds { return valid.end(before: filler.frameIndex, at: filler.offset) }
    }
  }

  /// - Parameter offset: of the buffer in the file.
  private func summary(
    _ chunk: borrowing ChunkFrames, _ bytes: RawSpan, offset: Int, _ valid: Extent
  ) -> FrameRun {
    var run = FrameRun(from: chunk.start)
    var commitIndex: Int?
    for index in 0..<valid.frameCount {
      let frame = chunk.frames[index].outline
      let position = chunk.frames[index].offset
      run.provenCount = max(run.provenCount, frame.provenDurableCount)
      run.notes.add(frame, bytes, at: position, offset: offset + position)
      if frame.isCommit { commitIndex = index }
    }
    // Fillers behind a commit belong to what is committed.
    func start(ofFrame index: Int) -> Int {
      index < valid.frameCount ? offset + chunk.frames[index].offset : valid.offset
    }
    func position(behind index: Int) -> Position {
      let frame = chunk.frames[index]
      return Position(
        offset: start(ofFrame: index + 1), sequence: frame.outline.sequence.rawValue &+ 1,
        chain: FrameHeader.chain(storedIn: bytes, at: frame.offset),
        isInBatch: !frame.outline.isCommit)
    }
    if let commitIndex {
      run.commit = position(behind: commitIndex)
    } else if !chunk.start.isInBatch {
      run.commit = chunk.start
      run.commit?.offset = start(ofFrame: 0)
    }
    for filler in chunk.fillers where filler.isInBatch && filler.offset < valid.offset {
      run.notes.addMisplacedFiller(
        chunk.start.sequence &+ UInt64(filler.frameIndex), offset: filler.offset)
    }
    if valid.frameCount > 0 { run.end = position(behind: valid.frameCount - 1) }
    run.end.offset = valid.offset
    for count in watched where count > chunk.start.sequence && count <= run.end.sequence {
      let frame = chunk.frames[Int(count - chunk.start.sequence) - 1]
      run.watched[count] = FrameHeader.chain(storedIn: bytes, at: frame.offset)
    }
    run.state = valid.offset < chunk.end ? .broken : chunk.state
    return run
  }
}

/// Whether the filler of `byteCount` bytes at `offset` is all zeros behind its first 16 bytes, with the right checksum.
func fillerHolds(
  _ file: borrowing File, at offset: Int, byteCount: Int, nonce: UInt64
) throws(StorageError) -> Bool {
  let start = try file.read(byteCount: 16, at: offset)
  guard start.count == 16 else { return false }
  var checksum = CRC32C()
  var position = 16
  while position < byteCount {
    let piece = try file.read(byteCount: min(byteCount - position, 1 << 20), at: offset + position)
    guard !piece.isEmpty, piece.rawSpan.isZero else { return false }
    checksum.update(piece.rawSpan)
    position += piece.count
  }
  checksum.update(start.rawSpan.extracting(0..<12))
  checksum.update(nonce)
  return checksum.value == start.rawSpan.integer(at: 12)
}
