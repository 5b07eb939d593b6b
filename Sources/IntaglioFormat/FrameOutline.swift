internal import CHash

/// What a frame's header says but for its checksum and its digests: all that finding and indexing frames needs.
@usableFromInline package struct FrameOutline: Sendable {
  @usableFromInline package let sequence: SequenceNumber
  @usableFromInline package let time: Timestamp
  @usableFromInline let storedCount: UInt32
  @usableFromInline let contentCount: UInt32
  @usableFromInline package let unsynced: UInt32
  @usableFromInline package let stream: StreamNumber
  /// The number of the record's kind, which is not 0.
  @usableFromInline package let kind: UInt16
  @usableFromInline package let encoding: FrameEncoding
  @usableFromInline package let flags: FrameFlags

  @inlinable package var storedByteCount: Int { Int(storedCount) }
  @inlinable package var contentByteCount: Int { Int(contentCount) }
  @inlinable package var payloadByteCount: Int {
    contentByteCount - (flags.isSalted ? Limits.saltByteCount : 0)
  }
  @inlinable package var isErased: Bool { if case .erased = encoding { true } else { false } }
  @inlinable package var isCompressed: Bool { if case .lz4 = encoding { true } else { false } }
  @inlinable package var isCommit: Bool { flags.isCommit }

  /// The frame's bytes in the file: header, stored bytes, padding.
  @inlinable package var frameByteCount: Int {
    FrameHeader.byteCount + rounded(storedByteCount, upTo: FrameHeader.alignment)
  }

  /// How many records this frame proves to have been durable when it was ordered.
  @inlinable package var provenDurableCount: UInt64 {
    unsynced == FrameHeader.unsyncedUnknown || UInt64(unsynced) > sequence.rawValue
      ? 0 : sequence.rawValue - UInt64(unsynced)
  }

  /// The outline of the frame at `offset` of `bytes`, which this program has written or parsed before.
  package init(_ bytes: RawSpan, at offset: Int) {
    self.init(bytes, at: offset, encoding: FrameEncoding(number: bytes.integer(at: offset + 4))!)
  }

  /// As `init(_:at:)`, where the encoding is known: what is mapped may have changed since it was parsed.
  @inlinable @inline(__always)
  package init(_ bytes: RawSpan, at offset: Int, encoding: FrameEncoding) {
    let frame = HeaderBytes(bytes, at: offset)
    self.init(frame, storedByteCount: frame.integer(at: 0), encoding: encoding)
  }

  /// - Parameter storedByteCount: what stands in `frame`, read once: mapped bytes may change after they were checked.
  @inlinable @inline(__always)
  init(_ frame: borrowing HeaderBytes, storedByteCount: UInt32, encoding: FrameEncoding) {
    storedCount = storedByteCount
    self.encoding = encoding
    unsynced = frame.integer(at: 8)
    contentCount = frame.integer(at: 24)
    stream = StreamNumber(frame.integer(at: 28))
    kind = frame.integer(at: 32)
    flags = FrameFlags(rawValue: frame.integer(at: 34))
    sequence = SequenceNumber(frame.integer(at: 80))
    time = Timestamp(nanoseconds: frame.integer(at: 88))
  }

  /// Whether the CRC that the frame at `offset` of `bytes` carries is the one that it has to have.
  @inlinable @inline(__always)
  package func crcHolds(_ bytes: RawSpan, at offset: Int, nonce: UInt64) -> Bool {
    Self.computedCRC(bytes, at: offset, storedByteCount: storedByteCount, nonce: nonce)
      == bytes.integer(at: offset + 12)
  }

  /// As `crcHolds(_:at:nonce:)` for a frame that is all there, where the CRC of the first stored bytes is known.
  @inline(__always)
  func crcHolds(_ frame: UnsafeRawPointer, nonce: UInt64, continuing crc: PartialCRC) -> Bool {
    let computed = unsafe Self.computedCRC(
      frame, storedByteCount: storedByteCount, nonce: nonce, continuing: crc)
    let stored = unsafe frame.loadUnaligned(fromByteOffset: 12, as: UInt32.self)
    return computed == UInt32(littleEndian: stored)
  }

  /// The CRC that the frame at `offset` of `bytes` has to have; nil if its padding is not zero.
  @usableFromInline package static func computedCRC(
    _ bytes: RawSpan, at offset: Int, storedByteCount: Int, nonce: UInt64
  ) -> UInt32? {
    let padded = rounded(storedByteCount, upTo: FrameHeader.alignment)
    let frame = bytes.extracting(offset..<offset + FrameHeader.byteCount + padded)
    return unsafe frame.withUnsafeBytes { frame in
      unsafe computedCRC(
        frame.baseAddress!, storedByteCount: storedByteCount, nonce: nonce, continuing: .none)
    }
  }

  /// - Parameter crc: of the first stored bytes, as far as it is known.
  @inline(__always)
  private static func computedCRC(
    _ frame: UnsafeRawPointer, storedByteCount: Int, nonce: UInt64, continuing crc: PartialCRC
  ) -> UInt32? {
    let padded = rounded(storedByteCount, upTo: FrameHeader.alignment)
    let stored = unsafe frame + FrameHeader.byteCount
    if padded > storedByteCount {
      let lastWord = unsafe UInt64(
        littleEndian: stored.loadUnaligned(fromByteOffset: padded - 8, as: UInt64.self))
      guard lastWord >> (64 - 8 * UInt64(padded - storedByteCount)) == 0 else { return nil }
    }
    return unsafe chash_crc32c_joined(
      crc.value, stored + crc.byteCount, padded - crc.byteCount, frame, 12, nonce)
  }

  /// The digest of the content of the frame at `offset` of `bytes`; nil if it does not decode, or is erased.
  package func contentDigest(_ bytes: RawSpan, at offset: Int) -> Digest? {
    let stored = bytes.extracting(storedRange(at: offset))
    switch encoding {
    case .raw: return SHA256.hash(stored)
    case .lz4:
      return LZ4.decompress(stored, byteCount: contentByteCount).map { SHA256.hash($0) }
    case .erased: return nil
    }
  }

  /// Whether the content of the frame at `offset` of `bytes`, decoded, has the digest that the frame names; true of what is
  /// erased.
  func decodedContentHolds(_ bytes: RawSpan, at offset: Int) -> Bool {
    isErased
      || contentDigest(bytes, at: offset) == FrameHeader.contentDigest(storedIn: bytes, at: offset)
  }

  /// Where the stored bytes of a frame at `offset` lie.
  @inlinable package func storedRange(at offset: Int) -> Range<Int> {
    offset + FrameHeader.byteCount..<offset + FrameHeader.byteCount + storedByteCount
  }
}

/// The 128 bytes of a header: that they are there is checked once, not at each of them.
@usableFromInline package struct HeaderBytes: ~Escapable {
  @usableFromInline let span: RawSpan

  @inlinable @inline(__always) @_lifetime(copy bytes)
  package init(_ bytes: RawSpan, at offset: Int) {
    span = bytes.extracting(offset..<offset + FrameHeader.byteCount)
  }

  /// As `RawSpan.integer(at:)`, with constants for offsets.
  @inlinable @inline(__always)
  func integer<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type = T.self)
    -> T
  {
    T(littleEndian: stored(at: offset))
  }

  /// As `RawSpan.word(at:)`, with constants for offsets.
  @inlinable @inline(__always)
  func word(at offset: Int) -> UInt64 { stored(at: offset) }

  @inlinable @inline(__always)
  func stored<T: BitwiseCopyable>(at offset: Int) -> T {
    assert(offset >= 0 && offset + MemoryLayout<T>.size <= FrameHeader.byteCount)
    return unsafe span.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: T.self)
  }
}

extension FrameOutline {
  /// The outline of a frame whose content is stored as it is, as most are, if it is valid.
  ///
  /// It is what `parseAnyFrame` finds in more steps; nil says nothing but that those have to be taken.
  @inlinable @inline(__always)
  package init?(raw frame: borrowing HeaderBytes, available: Int, context: UInt64) {
    let lengths: UInt64 = frame.integer(at: 0)
    // What remains is the byte count, if the encoding is this one and reserved bytes are zero.
    let stored = lengths &- UInt64(FrameEncoding.raw.rawValue) << 32
    guard stored <= UInt64(Limits.contentByteCount) else { return nil }
    self.init(frame, storedByteCount: UInt32(truncatingIfNeeded: stored), encoding: .raw)
    guard frame.word(at: 16) == context, byteCountsAgree, fieldsAreValid(in: frame),
      frameByteCount <= available
    else { return nil }
  }
}

extension RawSpan {
  /// What stands at `offset`, as far as its header tells.
  ///
  /// - Parameters:
  ///   - available: the byte count from `offset` to the end of the file, which may be more than there are here; a frame
  ///     has to end within it.
  ///   - context: what frames of this log carry at 16.
  /// - Precondition: there are 128 bytes from `offset`, or as many as are available.
  @inlinable @inline(__always)
  package func parseFrame(
    at offset: Int, available: Int, context: UInt64
  ) -> ParsedFrame<FrameOutline> {
    if available >= FrameHeader.byteCount,
      let outline = FrameOutline(
        raw: HeaderBytes(self, at: offset), available: available, context: context)
    {
      return .frame(outline)
    }
    return parseAnyFrame(at: offset, available: available, context: context)
  }

  /// As `parseFrame(at:available:context:)`, for whatever stands there: question by question, so that a defect has its name.
  @usableFromInline @inline(never)
  package func parseAnyFrame(
    at offset: Int, available: Int, context: UInt64
  ) -> ParsedFrame<FrameOutline> {
    guard available >= 16 else { return .end }
    let lengths: UInt64 = integer(at: offset)
    let sums: UInt64 = integer(at: offset + 8)
    if lengths | sums == 0 { return .end }
    let stored = Int(UInt32(truncatingIfNeeded: lengths))
    guard lengths >> 40 == 0 else { return .invalid(.lengths, plausibleByteCount: nil) }
    let rawEncoding = UInt8(truncatingIfNeeded: lengths >> 32)
    if rawEncoding == 255 {
      guard stored % 8 == 0, stored <= available - 16, UInt32(truncatingIfNeeded: sums) == 0 else {
        return .invalid(.filler, plausibleByteCount: nil)
      }
      return .filler(byteCount: 16 + stored)
    }
    guard let encoding = FrameEncoding(number: rawEncoding) else {
      return .invalid(.encoding(rawEncoding), plausibleByteCount: nil)
    }
    let plausible = FrameHeader.byteCount + rounded(stored, upTo: FrameHeader.alignment)
    guard stored <= Limits.contentByteCount, plausible <= available else {
      return .invalid(.tooLong(stored), plausibleByteCount: nil)
    }
    let frame = HeaderBytes(self, at: offset)
    guard frame.word(at: 16) == context else {
      return .invalid(.otherLog, plausibleByteCount: plausible)
    }
    let outline = FrameOutline(
      frame, storedByteCount: UInt32(truncatingIfNeeded: lengths), encoding: encoding)
    guard outline.byteCountsAgree else {
      return .invalid(.byteCounts, plausibleByteCount: plausible)
    }
    guard outline.fieldsAreValid(in: frame) else {
      return .invalid(.fields, plausibleByteCount: plausible)
    }
    return .frame(outline)
  }

  /// The outline of the record `sequence`, if its frame stands at `offset` and is all here, with the CRC that it has to
  /// have; nil for whatever else stands there.
  @inlinable @inline(__always)
  package func wholeFrame(
    at offset: Int, of sequence: SequenceNumber, context: UInt64, nonce: UInt64
  ) -> FrameOutline? {
    guard offset <= byteCount - FrameHeader.byteCount,
      case .frame(let outline) = parseFrame(
        at: offset, available: byteCount - offset, context: context),
      outline.sequence == sequence, outline.crcHolds(self, at: offset, nonce: nonce)
    else { return nil }
    return outline
  }
}

extension FrameOutline {
  /// Kind, flags, the digest algorithm, which is 1, and reserved bytes.
  @inlinable @inline(__always)
  func fieldsAreValid(in frame: borrowing HeaderBytes) -> Bool {
    let fields: UInt64 = frame.integer(at: 32)
    return kind != 0 && flags.areKnown && fields >> 24 == 1 && frame.word(at: 40) == 0
  }

  @inlinable @inline(__always)
  var byteCountsAgree: Bool {
    let agree =
      switch encoding {
      case .raw: storedCount == contentCount
      case .lz4: storedCount < contentCount && storedCount > 0
      case .erased: storedCount == 0
      }
    let salt = flags.isSalted ? Limits.saltByteCount : 0
    return agree && contentByteCount <= Limits.payloadByteCount + salt && contentByteCount >= salt
  }
}
