internal import CHash

/// How a frame stores its content.
package enum FrameEncoding: UInt8, Sendable {
  case raw = 1
  case lz4 = 2
  /// Nothing is stored: the content was lawfully erased.
  case erased = 3
}

/// Bits of a frame that the chain covers.
package struct FrameFlags: OptionSet, Sendable, Hashable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The last frame of a batch.
  package static let commit = FrameFlags(rawValue: 1)
  /// 16 random bytes stand before the payload.
  package static let salted = FrameFlags(rawValue: 2)
  static let known: FrameFlags = [.commit, .salted]
}

/// The 128 bytes before a record's stored bytes, decoded.
///
/// FileFormat, "A frame".
///
/// Decoding checks everything that can be checked without the stored bytes and the record before; `crcHolds`,
/// `contentHolds` and `chainHolds` check the rest, each alone, so that a defect can be named.
package struct FrameHeader: Sendable {
  package static let byteCount = 128
  package static let alignment = 8
  /// What `unsynced` says where it proves nothing.
  package static let unsyncedUnknown = UInt32.max

  package let storedByteCount: Int
  package let encoding: FrameEncoding
  package let unsynced: UInt32
  package let crc: UInt32
  package let contentByteCount: Int
  package let stream: StreamNumber
  package let kind: RecordKind
  package let flags: FrameFlags
  package let contentDigest: Digest
  package let sequence: SequenceNumber
  package let time: Timestamp
  package let chain: Digest

  /// The frame's bytes in the file: header, stored bytes, padding.
  package var frameByteCount: Int {
    Self.byteCount + rounded(storedByteCount, upTo: Self.alignment)
  }
  package var payloadByteCount: Int {
    contentByteCount - (flags.contains(.salted) ? Limits.saltByteCount : 0)
  }
  package var isCommit: Bool { flags.contains(.commit) }

  /// How many records this frame proves to have been durable when it was ordered.
  package var provenDurableCount: UInt64 {
    unsynced == Self.unsyncedUnknown || UInt64(unsynced) > sequence.rawValue
      ? 0 : sequence.rawValue - UInt64(unsynced)
  }
}

/// What stands at a position of a segment.
package enum FrameParse: Sendable {
  /// 16 zero bytes, or no room for more frames.
  case end
  case filler(byteCount: Int)
  case frame(FrameHeader)
  /// Neither; the text says what is wrong, and `plausibleByteCount` how long the frame would be if only its lengths are believed.
  case invalid(String, plausibleByteCount: Int?)
}

extension FrameHeader {
  /// Reads what stands at `offset` of `bytes`.
  ///
  /// - Parameters:
  ///   - available: the byte count from `offset` to the end of the file, which may be more than `bytes` has; a frame
  ///     has to end within it.
  ///   - context: what frames of this log carry at 16.
  /// - Precondition: `bytes` has 128 bytes from `offset`, or as many as are available.
  package static func parse(
    _ bytes: RawSpan, at offset: Int, available: Int, context: UInt64
  ) -> FrameParse {
    guard available >= 16 else { return .end }
    if bytes.word(at: offset) == 0 && bytes.word(at: offset + 8) == 0 { return .end }
    let stored = Int(bytes.integer(at: offset, as: UInt32.self))
    let rawEncoding: UInt8 = bytes.integer(at: offset + 4)
    let reserved: UInt32 = bytes.integer(at: offset + 4)
    guard reserved >> 8 == 0 else {
      return .invalid("reserved bytes 5 to 7 are not zero", plausibleByteCount: nil)
    }
    if rawEncoding == 255 {
      guard stored % 8 == 0, stored <= available - 16,
        bytes.integer(at: offset + 8, as: UInt32.self) == 0
      else { return .invalid("a filler with lengths that lie", plausibleByteCount: nil) }
      return .filler(byteCount: 16 + stored)
    }
    guard let encoding = FrameEncoding(rawValue: rawEncoding) else {
      return .invalid("unknown encoding \(rawEncoding)", plausibleByteCount: nil)
    }
    guard stored <= Limits.contentByteCount,
      byteCount + rounded(stored, upTo: alignment) <= available
    else {
      return .invalid(
        "\(stored) stored bytes do not fit into the segment", plausibleByteCount: nil)
    }
    let plausible = byteCount + rounded(stored, upTo: alignment)
    guard bytes.word(at: offset + 16) == context else {
      return .invalid("the frame belongs to another log", plausibleByteCount: plausible)
    }
    let content = Int(bytes.integer(at: offset + 24, as: UInt32.self))
    let kind: UInt16 = bytes.integer(at: offset + 32)
    let flags = FrameFlags(rawValue: bytes.integer(at: offset + 34))
    let lengthsAgree =
      switch encoding {
      case .raw: stored == content
      case .lz4: stored < content && stored > 0
      case .erased: stored == 0
      }
    let salt = flags.contains(.salted) ? Limits.saltByteCount : 0
    guard lengthsAgree, content <= Limits.payloadByteCount + salt, content >= salt else {
      return .invalid(
        "stored and content byte counts contradict each other", plausibleByteCount: plausible)
    }
    guard kind != 0, flags.subtracting(.known).isEmpty,
      bytes.integer(at: offset + 35, as: UInt8.self) == 1,
      bytes.integer(at: offset + 36, as: UInt32.self) == 0, bytes.word(at: offset + 40) == 0
    else {
      return .invalid(
        "kind, flags, digest algorithm or reserved bytes are not valid",
        plausibleByteCount: plausible)
    }
    return .frame(
      FrameHeader(
        storedByteCount: stored, encoding: encoding,
        unsynced: bytes.integer(at: offset + 8), crc: bytes.integer(at: offset + 12),
        contentByteCount: content,
        stream: StreamNumber(bytes.integer(at: offset + 28)), kind: RecordKind(kind),
        flags: flags, contentDigest: Digest(bytes, at: offset + 48),
        sequence: SequenceNumber(bytes.integer(at: offset + 80)),
        time: Timestamp(nanoseconds: bytes.integer(at: offset + 88)),
        chain: Digest(bytes, at: offset + 96)))
  }

  /// Whether the CRC of the frame at `offset` of `bytes` holds; it covers the stored bytes, the padding and the
  /// bytes 0 to 11, and ties them to the segment by its nonce.
  package func crcHolds(_ bytes: RawSpan, at offset: Int, nonce: UInt64) -> Bool {
    var computed = CRC32C()
    computed.update(bytes.extracting(offset + Self.byteCount..<offset + frameByteCount))
    computed.update(bytes.extracting(offset..<offset + 12))
    computed.update(nonce)
    return computed.value == crc
      && bytes.extracting(offset + Self.byteCount + storedByteCount..<offset + frameByteCount)
        .isZero
  }

  /// Where the stored bytes of a frame at `offset` lie.
  package func storedRange(at offset: Int) -> Range<Int> {
    offset + Self.byteCount..<offset + Self.byteCount + storedByteCount
  }

  /// Whether the content of the frame at `offset` of `bytes` has the digest that the chain covers; an erased content does.
  package func contentHolds(_ bytes: RawSpan, at offset: Int) -> Bool {
    let stored = bytes.extracting(storedRange(at: offset))
    switch encoding {
    case .raw: return SHA256.hash(stored) == contentDigest
    case .lz4:
      guard let content = LZ4.decompress(stored, byteCount: contentByteCount) else { return false }
      return SHA256.hash(content) == contentDigest
    case .erased: return true
    }
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

  /// The 112 bytes whose SHA-256 is the chain value of the frame at `offset`: for hashing many at once.
  package static func appendChainMessage(
    of bytes: RawSpan, at offset: Int, after previous: Digest, to messages: inout [UInt8]
  ) {
    unsafe bytes.withUnsafeBytes { buffer in
      unsafe messages.append(contentsOf: buffer[offset + 16..<offset + 80])
      unsafe previous.withBytes {
        unsafe messages.append(contentsOf: UnsafeBufferPointer(start: $0, count: 32))
      }
      unsafe messages.append(contentsOf: buffer[offset + 80..<offset + 96])
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
