internal import CHash

/// Frames of consecutive records, one after the other as they will lie in a segment, whole but for what is known later: the
/// log, the end of the batch, and the place in the order.
///
/// Invariants:
/// - `offsets` are those of the frames in `bytes`, which lie there without gaps; every length is within the limits.
/// - Still zero are the bytes 8 to 23 of a frame (`unsynced`, CRC, context) and 48 to 127 (digest, sequence, time, chain).
/// - `sums` has that of a content once it is known; `messages` are the contents that are stored as they are, hashed while
///   more are added and by `finishedSums`.
package struct UnplacedFrames: Sendable {
  package private(set) var bytes: [UInt8] = []
  private(set) var offsets: [Int] = []
  private var sums: [chash_sum] = []
  private var messages: [chash_message] = []
  private var queue = chash_queue()

  package init() {}

  package var count: Int { offsets.count }
  package var isEmpty: Bool { offsets.isEmpty }

  /// 16 random bytes that a content begins with.
  package typealias Salt = InlineArray<2, UInt64>

  /// Adds the frame of a record that is stored as it is.
  ///
  /// - Parameter payload: at most `Limits.payloadByteCount` bytes; copied.
  package mutating func append(
    _ payload: RawSpan, stream: StreamNumber, kind: RecordKind, salt: Salt? = nil
  ) {
    precondition(payload.byteCount <= Limits.payloadByteCount, "the caller checks the limit")
    let contentByteCount = payload.byteCount + (salt == nil ? 0 : Limits.saltByteCount)
    hashAhead(of: payload)
    messages.append(
      chash_message(
        offset: bytes.count + FrameHeader.byteCount, byte_count: contentByteCount,
        sum_index: offsets.count))
    sums.append(chash_sum())
    offsets.append(bytes.count)
    appendHeader(
      stream: stream, kind: kind, flags: salt == nil ? [] : .salted,
      contentByteCount: contentByteCount)
    if let salt {
      unsafe withUnsafeBytes(of: salt) { unsafe bytes.append(contentsOf: $0) }
    }
    bytes.append(bytes: payload)
    pad(contentByteCount)
  }

  /// Hashes about as much of what was added before as `payload` will add, while the caches fetch the payload: often nobody has
  /// looked at it for long, and copying it first would be waiting.
  private mutating func hashAhead(of payload: RawSpan) {
    unsafe payload.withUnsafeBytes { unsafe chash_prefetch($0.baseAddress, $0.count) }
    unsafe chash_queue_advance(
      &queue, bytes, messages, messages.count, &sums,
      payload.byteCount / Int(CHASH_SHA256_BLOCK_BYTE_COUNT) + 1)
  }

  /// Of each frame the digest of its content, and the CRC of the whole blocks of one that is stored as it is.
  func finishedSums() -> [chash_sum] {
    var (queue, sums) = (queue, sums)
    unsafe chash_queue_finish(&queue, bytes, messages, messages.count, &sums)
    return sums
  }

  /// Stores the last record as an LZ4 block if that saves at least an eighth.
  package mutating func compressLast() {
    let offset = offsets[offsets.count - 1]
    let start = offset + FrameHeader.byteCount
    let contentByteCount = Int(bytes.rawSpan.integer(at: offset, as: UInt32.self))
    guard
      let (block, digest) = Self.compress(
        bytes.rawSpan.extracting(start..<start + contentByteCount))
    else { return }
    // It was not begun: that is for the next `append`.
    messages.removeLast()
    sums[sums.count - 1] = chash_sum(digest)
    bytes.removeLast(bytes.count - start)
    bytes.append(contentsOf: block)
    pad(block.count)
    unsafe bytes.withUnsafeMutableBytes { bytes in
      let frame = unsafe bytes.baseAddress! + offset
      unsafe FrameFields.storeLengths(of: block.count, .lz4, in: frame)
    }
  }

  private static func compress(_ content: RawSpan) -> (block: [UInt8], digest: Digest)? {
    LZ4.compress(content, limit: content.byteCount - content.byteCount / 8).map {
      ($0, SHA256.hash(content))
    }
  }

  /// Empties it and keeps the memory.
  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    offsets.removeAll(keepingCapacity: true)
    sums.removeAll(keepingCapacity: true)
    messages.removeAll(keepingCapacity: true)
    queue.started = 0
    queue.active = 0
  }

  private mutating func appendHeader(
    stream: StreamNumber, kind: RecordKind, flags: FrameFlags, contentByteCount: Int
  ) {
    var header = InlineArray<16, UInt64>(repeating: 0)
    unsafe withUnsafeMutableBytes(of: &header) { header in
      let frame = header.baseAddress!
      unsafe FrameFields.storeLengths(of: contentByteCount, .raw, in: frame)
      unsafe FrameFields.storeKind(
        stream: stream, kind: kind, flags: flags, contentByteCount: contentByteCount,
        in: frame + 16)
      unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(header))
    }
  }

  /// Adds the zeros behind `byteCount` stored bytes.
  private mutating func pad(_ byteCount: Int) {
    let count = rounded(byteCount, upTo: FrameHeader.alignment) - byteCount
    guard count > 0 else { return }
    let zeros = UInt64(0)
    unsafe withUnsafeBytes(of: zeros) { zeros in
      unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: zeros.prefix(count)))
    }
  }
}
