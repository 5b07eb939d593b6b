internal import CHash

/// A batch of records before it has its place: the frames, and of each the content's digest and the block with which its
/// chain hash begins.
///
/// Made on the caller's thread, outside the writer's lock, several messages at a time. What remains under the lock takes the
/// time of one block a record, in `order`; the frames are completed after that, in `write`.
package struct PreparedFrames: Sendable {
  private let frames: UnplacedFrames
  private let sums: [chash_sum]
  /// The bytes 16 to 79 of each frame, eight words each; then four words of each frame's chain: until `order`, the state of
  /// its hash where that is known already, of the first `stateCount`.
  private var values: [UInt64]
  private let stateCount: Int
  private var first = SequenceNumber.zero
  private var time = Timestamp(nanoseconds: 0)

  /// How far ahead memory is asked for while frames are written.
  private static let writeAhead = 1536

  package var count: Int { frames.count }
  package var byteCount: Int { frames.bytes.count }

  /// - Precondition: there is at least one frame.
  package init(_ frames: UnplacedFrames, context: UInt64) {
    precondition(!frames.isEmpty, "a batch has at least one record")
    self.frames = frames
    let sums = frames.finishedSums()
    self.sums = sums
    let count = frames.count
    var stateCount = 0
    values = unsafe [UInt64](unsafeUninitializedCapacity: count * 12) { values, initializedCount in
      let values = UnsafeMutableRawPointer(values.baseAddress!)
      unsafe frames.bytes.withUnsafeBytes { bytes in
        for index in 0..<count {
          let frame = unsafe bytes.baseAddress! + frames.offsets[index]
          let block = unsafe values + index * 64
          unsafe block.copyMemory(from: frame + 16, byteCount: 32)
          unsafe FrameFields.storeContext(context, in: block)
          unsafe FrameFields.storeDigest(sums[index].content, in: block)
        }
      }
      unsafe FrameFields.addFlags(.commit, in: values + (count - 1) * 64)
      let states = unsafe (values + count * 64).assumingMemoryBound(to: chash_sha256_state.self)
      stateCount = unsafe chash_sha256_chain_prepare(values, count, states)
      // States that are not known are words of any value until the chain values come.
      initializedCount = count * 12
    }
    self.stateCount = stateCount
  }

  /// Gives the records their places, and returns the chain value of the last: the serial part of an append, the time of one
  /// SHA-256 block a record.
  package mutating func order(
    after previous: Digest, first: SequenceNumber, time: Timestamp
  ) -> Digest {
    self.first = first
    self.time = time
    let (count, stateCount) = (count, stateCount)
    return unsafe values.withUnsafeMutableBytes { values in
      let blocks = values.baseAddress!
      let chains = unsafe blocks + count * 64
      unsafe previous.withBytes { previous in
        unsafe chash_sha256_chain_many(
          blocks, count, chains.assumingMemoryBound(to: chash_sha256_state.self), stateCount,
          previous, first.rawValue, time.nanoseconds,
          chains.assumingMemoryBound(to: UInt8.self))
      }
      return unsafe Digest(
        RawSpan(_unsafeBytes: UnsafeRawBufferPointer(values)), at: count * 96 - 32)
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
            to: output.baseAddress!, from: bytes.baseAddress!, values.baseAddress!,
            durableCount: durableCount, nonce: nonce)
        }
      }
    }
  }

  private func write(
    to output: UnsafeMutableRawPointer, from bytes: UnsafeRawPointer, _ values: UnsafeRawPointer,
    durableCount: UInt64, nonce: UInt64
  ) {
    let chains = unsafe values + count * 64
    for index in 0..<count {
      let offset = frames.offsets[index]
      let end = index == count - 1 ? byteCount : frames.offsets[index + 1]
      let frame = unsafe output + offset
      let sequence = first.advanced(by: UInt64(index))
      // Another core has read there last; it takes some frames' time to get the lines back.
      let ahead = min(offset + Self.writeAhead, byteCount)
      unsafe chash_prefetch_for_writing(output + ahead, min(end - offset, byteCount - ahead))
      unsafe frame.copyMemory(from: bytes + offset, byteCount: end - offset)
      unsafe (frame + 16).copyMemory(from: values + index * 64, byteCount: 64)
      unsafe FrameFields.storePlace(
        sequence, time, Digest(RawSpan(_unsafeStart: chains + index * 32, byteCount: 32)),
        in: frame)
      unsafe FrameFields.seal(
        frame, paddedByteCount: end - offset - FrameHeader.byteCount,
        continuing: FrameFields.storedCRC(sums[index].crc, in: frame),
        unsynced: UInt32(clamping: sequence.rawValue - durableCount), nonce: nonce)
    }
  }
}
