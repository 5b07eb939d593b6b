internal import IntaglioFormat
internal import IntaglioStorage

/// Records that are appended together or not at all.
///
/// A batch holds copies of the payloads, and hashes them while it is filled. It can be emptied and filled again, and keeps its
/// memory.
public struct Batch: Sendable {
  var frames = UnplacedFrames()

  let compression: Compression

  /// An empty batch.
  ///
  /// `Log.batch()` gives one that compresses as the log's options say.
  public init(compression: Compression = .none) { self.compression = compression }

  /// How many records the batch holds.
  public var count: Int { frames.count }
  /// Whether the batch holds no record.
  public var isEmpty: Bool { frames.isEmpty }

  /// The bytes that the batch takes in a segment; at most `Limits.batchByteCount` can be appended.
  public var byteCount: Int { frames.bytes.count }

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
  public mutating func removeAll() { frames.removeAll() }

  mutating func add(
    _ payload: RawSpan, to stream: StreamNumber, kind: RecordKind, salted: Bool
  ) throws(LogError) {
    try Self.check(payload.byteCount)
    let salt: UnplacedFrames.Salt? = salted ? [RandomWords.next(), RandomWords.next()] : nil
    frames.append(payload, stream: stream, kind: kind, salt: salt)
    guard case .lz4(let minimum) = compression else { return }
    let contentByteCount = payload.byteCount + (salted ? Limits.saltByteCount : 0)
    if contentByteCount >= max(minimum, 16) { frames.compressLast() }
  }

  static func check(_ payloadByteCount: Int) throws(LogError) {
    guard payloadByteCount <= Limits.payloadByteCount else {
      throw LogError(
        .tooLarge,
        "a payload of \(payloadByteCount) bytes is over the limit of \(Limits.payloadByteCount): store it elsewhere and append its digest"
      )
    }
  }
}
