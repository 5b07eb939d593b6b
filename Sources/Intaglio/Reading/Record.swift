public import IntaglioFormat

/// A record as a snapshot gives it: what the chain says of it, and its payload.
///
/// The payload of a record that is stored as it is, is borrowed from the mapped segment; the record keeps the
/// mapping alive. The CRC was checked when the record was read; digests and chain are the verifier's work.
public struct Record: Sendable {
  let header: FrameHeader
  let content: SegmentBytes

  /// The position in the log.
  public var sequence: SequenceNumber { header.sequence }
  /// The wall clock when the record was ordered.
  public var time: Timestamp { header.time }
  /// The stream that the record was appended to.
  public var stream: StreamNumber { header.stream }
  /// What kind of record it is.
  public var kind: RecordKind { header.kind }
  /// SHA-256 of the content: of the payload, or of 16 random bytes and the payload if it is salted.
  public var contentDigest: Digest { header.contentDigest }
  /// The chain value of this record, which commits to all records up to it.
  public var chain: Digest { header.chain }
  /// Whether random bytes were digested with the payload.
  public var isSalted: Bool { header.flags.contains(.salted) }
  /// Whether the payload was erased; `payload` is then empty.
  public var isErased: Bool { header.encoding == .erased }
  /// The length of the payload as it was appended, also if it is erased.
  public var payloadByteCount: Int { header.payloadByteCount }
  /// The bytes that the record takes in its segment.
  public var storedByteCount: Int { header.frameByteCount }

  /// The bytes that were appended, borrowed from the record.
  public var payload: RawSpan {
    @_lifetime(borrow self)
    get {
      let salt = isSalted && !isErased ? Limits.saltByteCount : 0
      let span = content.span
      return unsafe _overrideLifetime(
        span.extracting(salt..<span.byteCount), borrowing: self)
    }
  }

  /// A copy of the payload.
  public var payloadBytes: [UInt8] { payload.array }
}

extension Record {
  /// Reads the frame that begins `bytes`; nil if it is not whole, or not the record `sequence`.
  static func read(
    _ segment: OpenSegment, at offset: Int, expecting sequence: SequenceNumber
  ) throws(LogError) -> Record {
    let capacity = segment.header.capacity
    // Enough for most records at once where bytes are copied; more is read if the frame is longer.
    var bytes = try segment.bytes(offset..<min(offset + 4096, capacity))
    guard bytes.span.byteCount >= FrameHeader.byteCount,
      case .frame(let header) = FrameHeader.parse(
        bytes.span, at: 0, available: capacity - offset,
        context: segment.header.logID.context),
      header.sequence == sequence
    else { throw damaged(segment, offset, sequence, "there is no such frame") }
    if header.frameByteCount > bytes.span.byteCount {
      bytes = try segment.bytes(offset..<offset + header.frameByteCount)
      guard bytes.span.byteCount >= header.frameByteCount else {
        throw damaged(segment, offset, sequence, "the file ends inside the frame")
      }
    }
    guard header.crcHolds(bytes.span, at: 0, nonce: segment.header.nonce) else {
      throw damaged(segment, offset, sequence, "the CRC does not match")
    }
    let range = header.storedRange(at: 0)
    switch header.encoding {
    case .raw, .erased:
      return Record(header: header, content: bytes.slice(range))
    case .lz4:
      guard
        let content = LZ4.decompress(
          bytes.span.extracting(range), byteCount: header.contentByteCount)
      else { throw damaged(segment, offset, sequence, "the LZ4 block does not decode") }
      return Record(header: header, content: .owned(content))
    }
  }

  private static func damaged(
    _ segment: OpenSegment, _ offset: Int, _ sequence: SequenceNumber, _ what: String
  ) -> LogError {
    LogError(
      .damaged,
      "record \(sequence) at offset \(offset) of \(segment.path): \(what); run `intaglio verify`",
      verdict: .corrupt)
  }
}
