internal import IntaglioFormat

/// Records that are appended together or not at all.
///
/// A batch holds copies of the payloads. It can be emptied and filled again, and keeps its memory.
public struct Batch: Sendable {
  var records: [BatchRecord] = []
  // The stored bytes of all records, one after the other.
  var stored: [UInt8] = []

  struct BatchRecord: Sendable {
    var stream: StreamNumber
    var kind: RecordKind
    var flags: FrameFlags
    var encoding: FrameEncoding
    var contentByteCount: Int
    var storedRange: Range<Int>
    /// Known already where the content is not what is stored.
    var contentDigest: Digest?

    var frameByteCount: Int {
      FrameHeader.byteCount + rounded(storedRange.count, upTo: FrameHeader.alignment)
    }
  }

  let compression: Compression

  /// An empty batch.
  ///
  /// `Log.batch()` gives one that compresses as the log's options say.
  public init(compression: Compression = .none) { self.compression = compression }

  /// How many records the batch holds.
  public var count: Int { records.count }
  /// Whether the batch holds no record.
  public var isEmpty: Bool { records.isEmpty }

  /// The bytes that the batch takes in a segment; at most `Limits.batchByteCount` can be appended.
  public private(set) var byteCount = 0

  /// Adds a record.
  ///
  /// - Parameters:
  ///   - payload: at most `Limits.payloadByteCount` bytes; copied.
  ///   - stream: as `Log.stream` gave it.
  ///   - kind: 256 or more.
  ///   - salted: whether 16 random bytes are digested and stored with the payload, so that nobody can guess it from
  ///     its digest after it is erased.
  /// - Throws: `tooLarge` or `invalid`; the batch is then as before.
  public mutating func append(
    _ payload: RawSpan, to stream: LogStream, kind: RecordKind = .event, salted: Bool = false
  ) throws(LogError) {
    guard !kind.isReserved else {
      throw LogError(.invalid, "kind \(kind.rawValue) is the log's own: use 256 or more")
    }
    try add(payload, to: stream.number, kind: kind, salted: salted)
  }

  /// Adds a record whose payload is `payload`; as `append(_:to:kind:salted:)` for bytes in an array.
  public mutating func append(
    _ payload: [UInt8], to stream: LogStream, kind: RecordKind = .event, salted: Bool = false
  ) throws(LogError) {
    try append(payload.rawSpan, to: stream, kind: kind, salted: salted)
  }

  /// Empties the batch and keeps its memory.
  public mutating func removeAll() {
    records.removeAll(keepingCapacity: true)
    stored.removeAll(keepingCapacity: true)
    byteCount = 0
  }

  mutating func add(
    _ payload: RawSpan, to stream: StreamNumber, kind: RecordKind, salted: Bool
  ) throws(LogError) {
    try Self.check(payload.byteCount)
    let start = stored.count
    if salted {
      var generator = SystemRandomNumberGenerator()
      for _ in 0..<2 { stored.append(integer: generator.next()) }
    }
    stored.append(bytes: payload)
    let contentByteCount = stored.count - start
    var record = BatchRecord(
      stream: stream, kind: kind, flags: salted ? .salted : [], encoding: .raw,
      contentByteCount: contentByteCount, storedRange: start..<stored.count, contentDigest: nil)
    if case .lz4(let minimum) = compression, contentByteCount >= max(minimum, 16) {
      if let compressed = Self.compress(stored.rawSpan.extracting(start..<stored.count)) {
        record.contentDigest = compressed.contentDigest
        record.encoding = .lz4
        stored.removeLast(contentByteCount)
        stored.append(contentsOf: compressed.block)
        record.storedRange = start..<stored.count
      }
    }
    byteCount += record.frameByteCount
    records.append(record)
  }

  /// The LZ4 block of `content` and the digest of `content`, if the block saves at least an eighth.
  private static func compress(
    _ content: RawSpan
  ) -> (block: [UInt8], contentDigest: Digest)? {
    LZ4.compress(content, limit: content.byteCount - content.byteCount / 8).map {
      ($0, SHA256.hash(content))
    }
  }

  static func check(_ payloadByteCount: Int) throws(LogError) {
    guard payloadByteCount <= Limits.payloadByteCount else {
      throw LogError(
        .tooLarge,
        "a payload of \(payloadByteCount) bytes is over the limit of \(Limits.payloadByteCount): store it elsewhere and append its digest"
      )
    }
  }

  /// The frames without their places; the last one carries the commit flag.
  func prepared(context: UInt64) -> [PreparedRecord] {
    let unhashed = records.indices.filter { records[$0].contentDigest == nil }
    let digests = SHA256.hash(unhashed.map { records[$0].storedRange }, of: stored.rawSpan)
    var next = 0
    var prepared: [PreparedRecord] = []
    prepared.reserveCapacity(records.count)
    for (index, record) in records.enumerated() {
      let digest: Digest
      if let known = record.contentDigest {
        digest = known
      } else {
        digest = digests[next]
        next += 1
      }
      prepared.append(
        PreparedRecord(
          stream: record.stream, kind: record.kind,
          flags: index == records.count - 1 ? record.flags.union(.commit) : record.flags,
          encoding: record.encoding, contentByteCount: record.contentByteCount,
          storedByteCount: record.storedRange.count, contentDigest: digest, context: context))
    }
    return prepared
  }
}
