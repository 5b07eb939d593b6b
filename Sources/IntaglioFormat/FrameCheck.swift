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
    unsafe sumContents(of: group, in: frames, base, byteCount: bytes.byteCount)
    var end = group.upperBound
    var fault: Fault?
    var messageCount = 0
    for index in group {
      let (frame, offset) = (frames[index].outline, frames[index].offset)
      var crc = PartialCRC.none
      var contentHolds: Bool?
      if case .raw = frame.encoding {
        let sum = unsafe sums + messageCount
        messageCount += 1
        crc = unsafe PartialCRC(sum.pointee.crc, ofBlocksIn: frame.storedByteCount)
        // The digest is what a sum begins with.
        contentHolds = unsafe equal(sum, base + offset + 48)
      }
      guard unsafe frame.crcHolds(base + offset, nonce: nonce, continuing: crc) else {
        (end, fault) = (index, .checksum)
        break
      }
      guard contentHolds ?? frame.decodedContentHolds(bytes, at: offset) else {
        (end, fault) = (index, .content)
        break
      }
    }
    let checked = group.lowerBound..<end
    if let index = unsafe firstWrongLink(checked, of: frames, base, previous) {
      (end, fault) = (index, .chain)
    }
    return fault.map { (end, $0) }
  }

  /// Makes sure that the frames lie within the `byteCount` bytes at `base`, whatever the caller says, and sums up the contents
  /// that are stored as they are.
  private func sumContents(
    of group: Range<Int>, in frames: [PlacedFrame], _ base: UnsafeRawPointer, byteCount: Int
  ) {
    var messageCount = 0
    for index in group {
      precondition(
        frames[index].offset >= 0 && frames[index].end <= byteCount,
        "a frame lies outside the bytes")
      guard case .raw = frames[index].outline.encoding else { continue }
      unsafe messages[messageCount] = base + frames[index].offset + FrameHeader.byteCount
      unsafe byteCounts[messageCount] = frames[index].outline.storedByteCount
      messageCount += 1
    }
    unsafe chash_sum_many(messages, byteCounts, messageCount, sums)
  }

  private func firstWrongLink(
    _ range: Range<Int>, of frames: [PlacedFrame], _ base: UnsafeRawPointer,
    _ previous: Digest
  ) -> Int? {
    unsafe previous.withBytes { first in
      var previous = unsafe first
      for (link, index) in range.enumerated() {
        let frame = unsafe (base + frames[index].offset).assumingMemoryBound(to: UInt8.self)
        unsafe links[link] = chash_link(
          prepared: frame + 16, previous: previous, ordered: frame + 80)
        unsafe previous = frame + 96
      }
      unsafe chash_sha256_links(links, range.count, digests)
    }
    for (link, index) in range.enumerated() {
      if unsafe !equal(digests + link * 32, base + frames[index].offset + 96) { return index }
    }
    return nil
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
