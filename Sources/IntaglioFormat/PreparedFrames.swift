internal import CHash

/// A batch of records before it has its place: the frames, with the content digests and the first of the two blocks of each chain hash.
///
/// Made on the caller's thread, outside the writer's lock, several messages at a time. What remains under the lock is one
/// block a record, in `order`; the frames are completed after that, in `write`.
package struct PreparedFrames: Sendable {
  private let frames: UnplacedFrames
  private let context: UInt64
  /// Four words of each frame's content digest; then four of each frame's chain: until `order`, the state of its hash.
  private var values: [UInt64]
  private var first = SequenceNumber.zero
  private var time = Timestamp(nanoseconds: 0)

  /// Blocks that are compressed together: enough to keep all lanes busy, few enough to stay in the first-level cache.
  private static let chunkCount = 48
  private static let scratchWordCount = chunkCount * 8

  package var count: Int { frames.count }
  package var byteCount: Int { frames.bytes.count }

  /// - Precondition: there is at least one frame.
  package init(_ frames: UnplacedFrames, context: UInt64) {
    precondition(!frames.isEmpty, "a batch has at least one record")
    self.frames = frames
    self.context = context
    let count = frames.count
    values = unsafe [UInt64](
      unsafeUninitializedCapacity: count * 8 + Self.scratchWordCount
    ) { values, initializedCount in
      let values = values.baseAddress!
      unsafe frames.finishHashing(into: values)
      for start in stride(from: 0, to: count, by: Self.chunkCount) {
        unsafe Self.prepare(
          frames, start..<min(start + Self.chunkCount, count), context,
          digests: values, states: values + count * 4, scratch: values + count * 8)
      }
      initializedCount = count * 8
    }
  }

  /// Hashes the prepared blocks of a chunk of frames.
  private static func prepare(
    _ frames: borrowing UnplacedFrames, _ chunk: Range<Int>, _ context: UInt64,
    digests: UnsafePointer<UInt64>, states: UnsafeMutablePointer<UInt64>,
    scratch: UnsafeMutableRawPointer
  ) {
    unsafe frames.bytes.withUnsafeBytes { bytes in
      var block = unsafe scratch
      for index in chunk {
        let frame = unsafe bytes.baseAddress! + frames.offsets[index]
        unsafe block.copyMemory(from: frame + 16, byteCount: 32)
        unsafe (block + 32).copyMemory(from: digests + index * 4, byteCount: 32)
        unsafe complete(block, context, isLast: index == frames.count - 1)
        unsafe block += 64
      }
      unsafe chash_sha256_first_blocks(
        scratch, chunk.count,
        UnsafeMutableRawPointer(states + chunk.lowerBound * 4)
          .assumingMemoryBound(to: chash_sha256_state.self))
    }
  }

  /// What only the log and the end of the batch decide.
  private static func complete(
    _ block: UnsafeMutableRawPointer, _ context: UInt64, isLast: Bool
  ) {
    unsafe FrameFields.storeContext(context, in: block)
    if isLast { unsafe FrameFields.addFlags(.commit, in: block) }
  }

  /// Gives the records their places, and returns the chain value of the last: the serial part of an append, one SHA-256
  /// block a record.
  package mutating func order(
    after previous: Digest, first: SequenceNumber, time: Timestamp
  ) -> Digest {
    self.first = first
    self.time = time
    let count = count
    return unsafe values.withUnsafeMutableBytes { values in
      let chains = unsafe (values.baseAddress! + count * 32).assumingMemoryBound(to: UInt8.self)
      var ordered: InlineArray<2, UInt64> = [0, time.nanoseconds.littleEndian]
      unsafe previous.withBytes { previous in
        var previous = unsafe previous
        for index in 0..<count {
          ordered[0] = (first.rawValue + UInt64(index)).littleEndian
          let chain = unsafe chains + index * 32
          unsafe withUnsafeBytes(of: ordered) { ordered in
            unsafe UnsafeRawPointer(chain).withMemoryRebound(
              to: chash_sha256_state.self, capacity: 1
            ) { state in
              unsafe chash_sha256_chain(
                state, previous, ordered.baseAddress!.assumingMemoryBound(to: UInt8.self), chain)
            }
          }
          unsafe previous = UnsafePointer(chain)
        }
      }
      return unsafe Digest(
        RawSpan(_unsafeBytes: UnsafeRawBufferPointer(values)), at: count * 64 - 32)
    }
  }

  /// Writes the frames, `byteCount` bytes, to `output`; they have been ordered.
  ///
  /// - Parameters:
  ///   - durableCount: how many records were known to be synced when these were ordered.
  ///   - nonce: of the segment in which the frames will lie.
  package func write(to output: inout MutableRawSpan, durableCount: UInt64, nonce: UInt64) {
    precondition(output.byteCount >= byteCount)
    unsafe output.withUnsafeMutableBytes { output in
      unsafe frames.bytes.withUnsafeBytes { bytes in
        unsafe values.withUnsafeBytes { values in
          unsafe write(
            to: output.baseAddress!, from: bytes.baseAddress!,
            RawSpan(_unsafeBytes: values), durableCount: durableCount, nonce: nonce)
        }
      }
    }
  }

  private func write(
    to output: UnsafeMutableRawPointer, from bytes: UnsafeRawPointer, _ values: RawSpan,
    durableCount: UInt64, nonce: UInt64
  ) {
    for index in 0..<count {
      let offset = frames.offsets[index]
      let isLast = index == count - 1
      let end = isLast ? byteCount : frames.offsets[index + 1]
      let frame = unsafe output + offset
      let sequence = first.advanced(by: UInt64(index))
      unsafe frame.copyMemory(from: bytes + offset, byteCount: end - offset)
      unsafe Self.complete(frame + 16, context, isLast: isLast)
      unsafe FrameFields.storeDigest(Digest(values, at: index * 32), in: frame + 16)
      unsafe FrameFields.storePlace(
        sequence, time, Digest(values, at: (count + index) * 32), in: frame)
      unsafe FrameFields.seal(
        frame, paddedByteCount: end - offset - FrameHeader.byteCount,
        unsynced: UInt32(clamping: sequence.rawValue - durableCount), nonce: nonce)
    }
  }
}
