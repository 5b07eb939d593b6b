internal import CHash

/// How a frame stores its content.
@usableFromInline package enum FrameEncoding: UInt8, Sendable {
  case raw = 1
  case lz4 = 2
  /// Nothing is stored: the content was lawfully erased.
  case erased = 3

  /// As `init(rawValue:)`, which is a call for each frame.
  @inlinable package init?(number: UInt8) {
    switch number {
    case 1: self = .raw
    case 2: self = .lz4
    case 3: self = .erased
    default: return nil
    }
  }
}

/// Bits of a frame that the chain covers.
@usableFromInline package struct FrameFlags: OptionSet, Sendable, Hashable {
  @usableFromInline package let rawValue: UInt8
  @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The last frame of a batch.
  @inlinable package static var commit: FrameFlags { FrameFlags(rawValue: 1) }
  /// 16 random bytes stand before the payload.
  @inlinable package static var salted: FrameFlags { FrameFlags(rawValue: 2) }

  // Bits, asked for as such: a set's `contains` is a generic call for each frame.
  @inlinable package var isCommit: Bool { rawValue & 1 != 0 }
  @inlinable package var isSalted: Bool { rawValue & 2 != 0 }
  /// Whether there are no other bits than those of this version.
  @inlinable package var areKnown: Bool { rawValue & ~3 == 0 }
}

/// The 128 bytes before a record's stored bytes, decoded.
///
/// FileFormat, "A frame".
///
/// Decoding checks everything that can be checked without the stored bytes and the record before; `crcHolds`,
/// `contentHolds` and `chainHolds` check the rest, each alone, so that a defect can be named.
@usableFromInline package struct FrameHeader: Sendable {
  @inlinable package static var byteCount: Int { 128 }
  @inlinable package static var alignment: Int { 8 }
  /// What `unsynced` says where it proves nothing.
  @inlinable package static var unsyncedUnknown: UInt32 { .max }

  /// All but the checksum and the digests.
  package let outline: FrameOutline
  package let crc: UInt32
  package let contentDigest: Digest
  package let chain: Digest

  package var storedByteCount: Int { outline.storedByteCount }
  package var encoding: FrameEncoding { outline.encoding }
  package var unsynced: UInt32 { outline.unsynced }
  package var contentByteCount: Int { outline.contentByteCount }
  package var stream: StreamNumber { outline.stream }
  package var kind: RecordKind { RecordKind(outline.kind) }
  package var flags: FrameFlags { outline.flags }
  package var sequence: SequenceNumber { outline.sequence }
  package var time: Timestamp { outline.time }
  package var frameByteCount: Int { outline.frameByteCount }
  package var isCommit: Bool { outline.isCommit }
  package var provenDurableCount: UInt64 { outline.provenDurableCount }

  package var payloadByteCount: Int { outline.payloadByteCount }
}

extension FrameHeader {
  /// Reads what stands at `offset` of `bytes`, as `RawSpan.parseFrame` does.
  package static func parse(
    _ bytes: RawSpan, at offset: Int, available: Int, context: UInt64
  ) -> FrameParse {
    switch bytes.parseFrame(at: offset, available: available, context: context) {
    case .end: .end
    case .filler(let byteCount): .filler(byteCount: byteCount)
    case .invalid(let defect, let plausible): .invalid(defect, plausibleByteCount: plausible)
    case .frame(let outline): .frame(FrameHeader(outline, bytes, at: offset))
    }
  }

  /// The header of a frame whose outline was read from `offset` of `bytes`.
  package init(_ outline: FrameOutline, _ bytes: RawSpan, at offset: Int) {
    let frame = bytes.extracting(offset..<offset + Self.byteCount)
    self.outline = outline
    crc = frame.integer(at: 12)
    contentDigest = Digest(frame, at: 48)
    chain = Digest(frame, at: 96)
  }

  /// Whether the CRC of the frame at `offset` of `bytes` holds; it covers the stored bytes, the padding and the
  /// bytes 0 to 11, and ties them to the segment by its nonce.
  package func crcHolds(_ bytes: RawSpan, at offset: Int, nonce: UInt64) -> Bool {
    FrameOutline.computedCRC(
      bytes, at: offset, storedByteCount: storedByteCount, nonce: nonce) == crc
  }

  /// Where the stored bytes of a frame at `offset` lie.
  package func storedRange(at offset: Int) -> Range<Int> {
    offset + Self.byteCount..<offset + Self.byteCount + storedByteCount
  }

  /// Whether the content of the frame at `offset` of `bytes` has the digest that the chain covers; an erased content does.
  package func contentHolds(_ bytes: RawSpan, at offset: Int) -> Bool {
    outline.isErased || outline.contentDigest(bytes, at: offset) == contentDigest
  }

  /// The digest of its content that the frame at `offset` of `bytes` carries.
  package static func contentDigest(storedIn bytes: RawSpan, at offset: Int) -> Digest {
    Digest(bytes, at: offset + 48)
  }

  /// The chain value that the frame at `offset` of `bytes` carries.
  package static func chain(storedIn bytes: RawSpan, at offset: Int) -> Digest {
    Digest(bytes, at: offset + 96)
  }

  /// The chain value of the frame at `offset` of `bytes`, computed anew after `previous`.
  package static func chain(
    of bytes: RawSpan, at offset: Int, after previous: Digest
  ) -> Digest {
    unsafe bytes.extracting(offset..<offset + byteCount).withUnsafeBytes { frame in
      let base = frame.baseAddress!
      return unsafe previous.withBytes { previous in
        unsafe Digest { digest in
          var state = chash_sha256_initial()
          unsafe chash_sha256_blocks(&state, base + 16, 1)
          unsafe chash_sha256_chain(
            &state, previous, (base + 80).assumingMemoryBound(to: UInt8.self), digest)
        }
      }
    }
  }
}

extension FrameHeader {
  /// Whether the filler of `byteCount` bytes at `offset` of `bytes` holds: only zeros behind its 16 bytes, and its CRC.
  package static func fillerHolds(
    _ bytes: RawSpan, at offset: Int, byteCount: Int, nonce: UInt64
  ) -> Bool {
    let body = bytes.extracting(offset + 16..<offset + byteCount)
    var computed = CRC32C()
    computed.update(body)
    computed.update(bytes.extracting(offset..<offset + 12))
    computed.update(nonce)
    return body.isZero && computed.value == bytes.integer(at: offset + 12, as: UInt32.self)
  }
}
