internal import IntaglioFormat
internal import IntaglioStorage

/// Checks the frames of a chunk: checksums one by one, contents and chain values several at a time.
///
/// Its arrays are kept from chunk to chunk.
struct ChunkCheck {
  let context: UInt64
  /// Counts at which chain values are asked for, in order.
  let watched: [UInt64]
  private var contentRanges: [Range<Int>] = []
  private var contentOwners: [Int] = []
  private var chainMessages: [UInt8] = []
  private var chainRanges: [Range<Int>] = []

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
    checkSums(chunk, bytes, offset: buffer.offset, nonce: nonce, &valid)
    try checkFillers(chunk, nonce: nonce, file: file, &valid)
    checkContents(chunk, bytes, &valid)
    checkChain(chunk, bytes, offset: buffer.offset, &valid)
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

  private mutating func checkSums(
    _ chunk: borrowing ChunkFrames, _ bytes: RawSpan, offset: Int, nonce: UInt64,
    _ valid: inout Extent
  ) {
    contentRanges.removeAll(keepingCapacity: true)
    contentOwners.removeAll(keepingCapacity: true)
    for index in 0..<chunk.frames.count {
      let position = chunk.frames[index].offset - offset
      let header = chunk.frames[index].header
      var holds = header.crcHolds(bytes, at: position, nonce: nonce)
      switch header.encoding {
      case .raw:
        contentRanges.append(header.storedRange(at: position))
        contentOwners.append(index)
      case .lz4: holds = holds && header.contentHolds(bytes, at: position)
      case .erased: break
      }
      if !holds { return valid.end(before: index, at: chunk.frames[index].offset) }
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

  private func checkContents(
    _ chunk: borrowing ChunkFrames, _ bytes: RawSpan, _ valid: inout Extent
  ) {
    let digests = SHA256.hash(contentRanges, of: bytes)
    for index in 0..<digests.count {
      let owner = contentOwners[index]
      if digests[index] != chunk.frames[owner].header.contentDigest {
        return valid.end(before: owner, at: chunk.frames[owner].offset)
      }
    }
  }

  private mutating func checkChain(
    _ chunk: borrowing ChunkFrames, _ bytes: RawSpan, offset: Int, _ valid: inout Extent
  ) {
    chainMessages.removeAll(keepingCapacity: true)
    var previous = chunk.start.chain
    for index in 0..<valid.frameCount {
      FrameHeader.appendChainMessage(
        of: bytes, at: chunk.frames[index].offset - offset, after: previous, to: &chainMessages)
      previous = chunk.frames[index].header.chain
    }
    let length = Self.chainMessageByteCount
    if chainRanges.count > valid.frameCount {
      chainRanges.removeLast(chainRanges.count - valid.frameCount)
    }
    for index in chainRanges.count..<valid.frameCount {
      chainRanges.append(index * length..<(index + 1) * length)
    }
    let chains = SHA256.hash(chainRanges, of: chainMessages.rawSpan)
    for index in 0..<chains.count where chains[index] != chunk.frames[index].header.chain {
      return valid.end(before: index, at: chunk.frames[index].offset)
    }
  }

  private static let chainMessageByteCount = 112

  private func summary(
    _ chunk: borrowing ChunkFrames, _ bytes: RawSpan, offset: Int, _ valid: Extent
  ) -> FrameRun {
    var run = FrameRun(from: chunk.start)
    // Fillers behind a commit belong to what is committed.
    func start(ofFrame index: Int) -> Int {
      index < valid.frameCount ? chunk.frames[index].offset : valid.offset
    }
    if !chunk.start.isInBatch {
      run.commit = chunk.start
      run.commit?.offset = start(ofFrame: 0)
    }
    for index in 0..<valid.frameCount {
      let frame = chunk.frames[index]
      run.provenCount = max(run.provenCount, frame.header.provenDurableCount)
      run.notes.add(frame.header, bytes, at: frame.offset - offset, offset: frame.offset)
      guard frame.header.isCommit else { continue }
      run.commit = Position(
        offset: start(ofFrame: index + 1),
        sequence: frame.header.sequence.rawValue &+ 1, chain: frame.header.chain)
    }
    for filler in chunk.fillers where filler.isInBatch && filler.offset < valid.offset {
      run.notes.addMisplacedFiller(
        chunk.start.sequence &+ UInt64(filler.frameIndex), offset: filler.offset)
    }
    run.end.offset = valid.offset
    run.end.sequence &+= UInt64(valid.frameCount)
    if valid.frameCount > 0 {
      let last = chunk.frames[valid.frameCount - 1].header
      run.end.chain = last.chain
      run.end.isInBatch = !last.isCommit
    }
    for count in watched where count > chunk.start.sequence && count <= run.end.sequence {
      run.watched[count] = chunk.frames[Int(count - chunk.start.sequence) - 1].header.chain
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
