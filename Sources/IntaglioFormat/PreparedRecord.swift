internal import CHash

/// What a record is before it has its place: all of a frame that does not depend on the order.
///
/// Made on the caller's thread, outside the writer's lock: the content's digest, and the first of the two
/// blocks of the chain hash. What remains under the lock is one block, whatever the payload's size.
package struct PreparedRecord: Sendable {
  package let stream: StreamNumber
  package let kind: RecordKind
  package let flags: FrameFlags
  package let encoding: FrameEncoding
  package let contentByteCount: Int
  package let storedByteCount: Int
  package let contentDigest: Digest
  let context: UInt64
  let state: chash_sha256_state

  /// - Precondition: the byte counts are within the limits and agree with the encoding.
  package init(
    stream: StreamNumber, kind: RecordKind, flags: FrameFlags, encoding: FrameEncoding,
    contentByteCount: Int, storedByteCount: Int, contentDigest: Digest, context: UInt64
  ) {
    self.stream = stream
    self.kind = kind
    self.flags = flags
    self.encoding = encoding
    self.contentByteCount = contentByteCount
    self.storedByteCount = storedByteCount
    self.contentDigest = contentDigest
    self.context = context
    var state = chash_sha256_initial()
    var block = InlineArray<8, UInt64>(repeating: 0)
    unsafe withUnsafeMutableBytes(of: &block) { block in
      unsafe Self.storePrepared(
        in: block.baseAddress!, stream: stream, kind: kind, flags: flags,
        contentByteCount: contentByteCount, contentDigest: contentDigest, context: context)
      unsafe chash_sha256_blocks(&state, block.baseAddress!, 1)
    }
    self.state = state
  }

  package var frameByteCount: Int {
    FrameHeader.byteCount + rounded(storedByteCount, upTo: FrameHeader.alignment)
  }

  /// The chain value that this record gets in its place: the serial part of an append, one SHA-256 block.
  package func chain(
    after previous: Digest, sequence: SequenceNumber, time: Timestamp
  ) -> Digest {
    let ordered: InlineArray<2, UInt64> = [
      sequence.rawValue.littleEndian, time.nanoseconds.littleEndian,
    ]
    return unsafe withUnsafeBytes(of: ordered) { ordered in
      unsafe previous.withBytes { previous in
        unsafe withUnsafePointer(to: state) { state in
          unsafe Digest { digest in
            unsafe chash_sha256_chain(
              state, previous, ordered.baseAddress!.assumingMemoryBound(to: UInt8.self), digest)
          }
        }
      }
    }
  }

  /// Writes the frame, `frameByteCount` bytes, to `output` at `offset`.
  ///
  /// - Parameter stored: `storedByteCount` bytes.
  package func write(
    to output: inout MutableRawSpan, at offset: Int, stored: RawSpan, place: FramePlace
  ) {
    precondition(stored.byteCount == storedByteCount, "the stored bytes are not those prepared")
    precondition(offset >= 0 && offset + frameByteCount <= output.byteCount)
    unsafe output.withUnsafeMutableBytes { bytes in
      unsafe write(to: bytes.baseAddress! + offset, stored: stored, place: place)
    }
  }

  private func write(
    to frame: UnsafeMutableRawPointer, stored: RawSpan, place: FramePlace
  ) {
    let padded = rounded(storedByteCount, upTo: FrameHeader.alignment)
    let body = unsafe frame + FrameHeader.byteCount
    if padded > 0 {
      // The last word is zeroed first, so that the copy leaves the padding behind it.
      unsafe (body + padded - 8).storeBytes(of: 0, as: UInt64.self)
      unsafe stored.withUnsafeBytes { source in
        unsafe body.copyMemory(from: source.baseAddress!, byteCount: source.count)
      }
    }
    unsafe FrameFields.storeLengths(of: storedByteCount, encoding, in: frame)
    unsafe Self.storePrepared(
      in: frame + 16, stream: stream, kind: kind, flags: flags, contentByteCount: contentByteCount,
      contentDigest: contentDigest, context: context)
    unsafe FrameFields.storePlace(place.sequence, place.time, place.chain, in: frame)
    unsafe FrameFields.seal(
      frame, paddedByteCount: padded, continuing: .none, unsynced: place.unsynced,
      nonce: place.nonce)
  }

  private static func storePrepared(
    in block: UnsafeMutableRawPointer, stream: StreamNumber, kind: RecordKind,
    flags: FrameFlags, contentByteCount: Int, contentDigest: Digest, context: UInt64
  ) {
    unsafe FrameFields.storeContext(context, in: block)
    unsafe FrameFields.storeKind(
      stream: stream, kind: kind, flags: flags, contentByteCount: contentByteCount, in: block)
    unsafe FrameFields.storeDigest(contentDigest, in: block)
  }
}

/// A record's place in the log, as the writer's lock gives it.
package struct FramePlace: Sendable {
  package var sequence: SequenceNumber
  package var time: Timestamp
  package var chain: Digest
  package var unsynced: UInt32
  /// Of the segment in which the frame will lie.
  package var nonce: UInt64

  package init(
    sequence: SequenceNumber, time: Timestamp, chain: Digest, unsynced: UInt32, nonce: UInt64
  ) {
    self.sequence = sequence
    self.time = time
    self.chain = chain
    self.unsynced = unsynced
    self.nonce = nonce
  }
}
