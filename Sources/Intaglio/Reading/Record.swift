public import IntaglioFormat
internal import IntaglioStorage

/// A record as a snapshot gives it: what the chain says of it, and its payload.
///
/// What is stored as it is, is borrowed from the mapped segment; the record keeps the mapping alive. The CRC was checked
/// when the record was read; digests and chain are the verifier's work.
public struct Record: Sendable {
  // Four words, so that a record is handed on in registers: what the frame says besides is read where it lies.
  private let memory: Mapping
  /// Where in the memory the frame begins; its content, decoded, stands behind the header.
  private let offset: Int
  /// The position in the log.
  public let sequence: SequenceNumber
  private let contentByteCount: UInt32
  private let kindNumber: UInt16
  private let encoding: FrameEncoding
  private let flags: FrameFlags

  /// - Precondition: `memory` has the header and the content at `offset`.
  private init(_ outline: FrameOutline, in memory: Mapping, at offset: Int, contentByteCount: Int) {
    self.memory = memory
    self.offset = offset
    sequence = outline.sequence
    self.contentByteCount = UInt32(truncatingIfNeeded: contentByteCount)
    kindNumber = outline.kind
    encoding = outline.encoding
    flags = outline.flags
  }

  /// The wall clock when the record was ordered.
  public var time: Timestamp { outline.time }
  /// The stream that the record was appended to.
  public var stream: StreamNumber { outline.stream }
  /// What kind of record it is.
  public var kind: RecordKind { RecordKind(kindNumber) }
  /// SHA-256 of the content: of the payload, or of 16 random bytes and the payload if it is salted.
  public var contentDigest: Digest {
    FrameHeader.contentDigest(storedIn: memory.bytes, at: offset)
  }
  /// The chain value of this record, which commits to all records up to it.
  public var chain: Digest { FrameHeader.chain(storedIn: memory.bytes, at: offset) }
  /// Whether random bytes were digested with the payload.
  public var isSalted: Bool { flags.isSalted }
  /// Whether the payload was erased; `payload` is then empty.
  public var isErased: Bool { if case .erased = encoding { true } else { false } }
  /// The length of the payload as it was appended, also if it is erased.
  public var payloadByteCount: Int { outline.payloadByteCount }
  /// The bytes that the record takes in its segment.
  public var storedByteCount: Int { outline.frameByteCount }

  /// The bytes that were appended, borrowed from the record.
  public var payload: RawSpan {
    @_lifetime(borrow self)
    get {
      let content = offset &+ FrameHeader.byteCount
      let salt = isSalted && !isErased ? Limits.saltByteCount : 0
      let span = memory.bytes.extracting(content &+ salt..<content &+ Int(contentByteCount))
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// A copy of the payload.
  public var payloadBytes: [UInt8] { payload.array }

  var outline: FrameOutline { FrameOutline(memory.bytes, at: offset, encoding: encoding) }
}

extension Record {
  /// Reads the frame at `offset` of `segment`, which has to be the record `sequence`.
  static func read(
    _ segment: OpenSegment, at offset: Int, expecting sequence: SequenceNumber
  ) throws(LogError) -> Record {
    if let record = Record(in: segment, at: offset, expecting: sequence) { return record }
    return try readAnyway(segment, at: offset, expecting: sequence)
  }

  /// The record whose frame begins at `offset`, without copying anything; nil if it is not that easy: where the file is
  /// not mapped, the content is compressed, or anything is not as it should be.
  @inline(__always)
  init?(in segment: OpenSegment, at offset: Int, expecting sequence: SequenceNumber) {
    guard let mapping = segment.mapping,
      let outline = mapping.bytes.wholeFrame(
        at: offset, of: sequence, context: segment.context, nonce: segment.nonce),
      !outline.isCompressed
    else { return nil }
    self.init(outline, in: mapping, at: offset, contentByteCount: outline.storedByteCount)
  }

  /// Reads a frame that is copied or compressed, or says what is wrong with it.
  @inline(never)
  private static func readAnyway(
    _ segment: OpenSegment, at offset: Int, expecting sequence: SequenceNumber
  ) throws(LogError) -> Record {
    let capacity = segment.header.capacity
    guard offset <= capacity - FrameHeader.byteCount else {
      throw damaged(segment, offset, sequence, "there is no room for a frame")
    }
    // Enough for most records at once where bytes are copied; more is read if the frame is longer.
    var bytes = try segment.bytes(offset..<min(offset + 4096, capacity))
    guard bytes.span.byteCount >= FrameHeader.byteCount,
      case .frame(let outline) = bytes.span.parseFrame(
        at: 0, available: capacity - offset, context: segment.header.logID.context),
      outline.sequence == sequence
    else { throw damaged(segment, offset, sequence, "there is no such frame") }
    let byteCount = outline.frameByteCount
    if byteCount > bytes.span.byteCount {
      bytes = try segment.bytes(offset..<offset + byteCount)
      guard bytes.span.byteCount >= byteCount else {
        throw damaged(segment, offset, sequence, "the file ends inside the frame")
      }
    }
    guard outline.crcHolds(bytes.span, at: 0, nonce: segment.header.nonce) else {
      throw damaged(segment, offset, sequence, "the CRC does not match")
    }
    let frame = bytes.span
    let stored = frame.extracting(outline.storedRange(at: 0))
    let header = frame.extracting(0..<FrameHeader.byteCount)
    guard outline.isCompressed else {
      return Record(
        outline, in: Mapping(copying: header, stored), at: 0,
        contentByteCount: outline.storedByteCount)
    }
    guard let content = LZ4.decompress(stored, byteCount: outline.contentByteCount) else {
      throw damaged(segment, offset, sequence, "the LZ4 block does not decode")
    }
    return Record(
      outline, in: Mapping(copying: header, content.rawSpan), at: 0,
      contentByteCount: outline.contentByteCount)
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
