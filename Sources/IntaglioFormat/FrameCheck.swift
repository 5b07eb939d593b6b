internal import CHash

/// A frame whose outline was read from `offset` of the bytes that hold it.
@usableFromInline package struct PlacedFrame: Sendable {
  @usableFromInline package let outline: FrameOutline
  @usableFromInline package let offset: Int

  @inlinable package init(_ outline: FrameOutline, at offset: Int) {
    self.outline = outline
    self.offset = offset
  }

  @inlinable package var end: Int { offset + outline.frameByteCount }
}

/// Checks of frames what their headers alone do not tell: contents with their checksums and chain values, several at a time,
/// in the processor's lanes.
///
/// Frames are taken in groups that stay in the nearest cache while they are read twice. Its memory is kept from
/// call to call.
@safe package struct FrameCheck: ~Copyable {
  /// What of a frame does not hold, in the order in which it is asked.
  package enum Fault: Sendable {
    case checksum
    case content
    case chain
  }

  private static let groupCount = 48
  // Pointers into the bytes of one group, written before they are read.
  private let messages: UnsafeMutablePointer<UnsafeRawPointer?>
  private let byteCounts: UnsafeMutablePointer<Int>
  private let sums: UnsafeMutablePointer<chash_sum>
  private let links: UnsafeMutablePointer<chash_link>
  private let digests: UnsafeMutablePointer<UInt8>

  package init() {
    unsafe messages = .allocate(capacity: Self.groupCount)
    unsafe byteCounts = .allocate(capacity: Self.groupCount)
    unsafe sums = .allocate(capacity: Self.groupCount)
    unsafe links = .allocate(capacity: Self.groupCount)
    unsafe digests = .allocate(capacity: Self.groupCount * 32)
  }

  deinit {
    unsafe messages.deallocate()
    unsafe byteCounts.deallocate()
    unsafe sums.deallocate()
    unsafe links.deallocate()
    unsafe digests.deallocate()
  }

  /// The first of the frames at `range` of `frames` that does not hold, and the first thing about it that does not; nil if
  /// all hold.
  ///
  /// - Parameters:
  ///   - frames: one after the other in `bytes`, but for fillers.
  ///   - previous: the chain value before the first of the range.
  package mutating func firstFault(
    at range: Range<Int>, of frames: [PlacedFrame], in bytes: RawSpan, after previous: Digest,
    nonce: UInt64
  ) -> (index: Int, fault: Fault)? {
    var previous = previous
    var start = range.lowerBound
    while start < range.upperBound {
      let group = start..<min(start + Self.groupCount, range.upperBound)
      let found = unsafe bytes.withUnsafeBytes { buffer in
        unsafe firstFault(in: group, of: frames, buffer.baseAddress!, bytes, previous, nonce)
      }
      if let found { return found }
      previous = FrameHeader.chain(storedIn: bytes, at: frames[group.upperBound - 1].offset)
      start = group.upperBound
    }
    return nil
  }

  private func firstFault(
    in group: Range<Int>, of frames: [PlacedFrame], _ base: UnsafeRawPointer,
    _ bytes: RawSpan, _ previous: Digest, _ nonce: UInt64
  ) -> (index: Int, fault: Fault)? {
    unsafe compute(group, of: frames, base, byteCount: bytes.byteCount, after: previous)
    var (sum, digest) = unsafe (sums, digests)
    for index in group {
      let (frame, offset) = (frames[index].outline, frames[index].offset)
      let stored = unsafe base + offset
      var crc = PartialCRC.none
      var contentHolds: Bool?
      if case .raw = frame.encoding {
        crc = unsafe PartialCRC(sum.pointee.crc, ofBlocksIn: frame.storedByteCount)
        // The digest is what a sum begins with.
        contentHolds = unsafe equal(sum, stored + 48)
        unsafe sum += 1
      }
      guard unsafe frame.crcHolds(stored, nonce: nonce, continuing: crc) else {
        return (index, .checksum)
      }
      guard contentHolds ?? frame.decodedContentHolds(bytes, at: offset) else {
        return (index, .content)
      }
      guard unsafe equal(digest, stored + 96) else { return (index, .chain) }
      unsafe digest += 32
    }
    return nil
  }

  /// Makes sure that the frames lie within the `byteCount` bytes at `base`, whatever the caller says; computes the sums of the
  /// contents that are stored as they are, and all chain values.
  private func compute(
    _ group: Range<Int>, of frames: [PlacedFrame], _ base: UnsafeRawPointer, byteCount: Int,
    after previous: Digest
  ) {
    var messageCount = 0
    unsafe previous.withBytes { first in
      var previous = unsafe first
      var link = unsafe links
      for index in group {
        let (frame, offset) = (frames[index].outline, frames[index].offset)
        precondition(
          offset >= 0 && frames[index].end <= byteCount, "a frame lies outside the bytes")
        let stored = unsafe (base + offset).assumingMemoryBound(to: UInt8.self)
        unsafe link.initialize(
          to: chash_link(prepared: stored + 16, previous: previous, ordered: stored + 80))
        unsafe link += 1
        unsafe previous = UnsafePointer(stored + 96)
        guard case .raw = frame.encoding else { continue }
        unsafe messages[messageCount] = UnsafeRawPointer(stored + FrameHeader.byteCount)
        unsafe byteCounts[messageCount] = frame.storedByteCount
        messageCount += 1
      }
      unsafe chash_sum_many(messages, byteCounts, messageCount, sums)
      unsafe chash_sha256_links(links, group.count, digests)
    }
  }

  private func equal(_ computed: UnsafeRawPointer, _ stored: UnsafeRawPointer) -> Bool {
    var difference: UInt64 = 0
    for offset in stride(from: 0, to: 32, by: 8) {
      unsafe difference |=
        computed.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        ^ stored.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }
    return difference == 0
  }
}
