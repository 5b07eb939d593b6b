internal import IntaglioFormat
internal import IntaglioStorage
public import SystemPackage

/// An append-only, tamper-evident log, open for writing.
///
/// Every record is chained to the one before by SHA-256, so that an edit, removal, insertion or reordering is found by
/// anyone who verifies the directory. What no check of the directory alone can see: that all of it was set back
/// to an older copy, or that records after the last head that somebody outside holds were cut off. Note a receipt's chain
/// value elsewhere to see that too.
///
/// ```swift
/// let log = try Log.open(at: "audit", creatingIfMissing: true)
/// let run = try log.stream(named: "run-1")
/// let receipt = try log.append(Array(#"{"tool":"search"}"#.utf8), to: run)
/// try receipt.wait()   // synced
/// ```
///
/// - One process writes a log at a time; any number read it with `LogReader`. All methods may be called from any thread.
/// - A payload has at most `Limits.payloadByteCount` bytes (32 MiB), a batch at most `Limits.batchByteCount` (256 MiB).
/// - A log that is not closed is closed, as by `close()`, when the last reference to it goes.
public final class Log: Sendable {
  let engine: Engine

  init(_ engine: Engine) { self.engine = engine }

  deinit {
    // Who wants to know whether closing worked calls `close`; nothing that was acknowledged depends on it.
    try? engine.close()
  }

  /// Opens the log at `path` for writing.
  ///
  /// Reads the end of the log only, so the cost does not grow with it. A torn tail, as a crash leaves it, is moved to
  /// the directory `quarantine` and recorded; any other damage is refused, and nothing is changed.
  /// - Parameter creatingIfMissing: whether to make a log if nothing is there.
  /// - Throws: `notALog`, `busy` (with the process id of the writer), `damaged` (with a verdict), `unsupported`, `storage`, `full`,
  ///   `unsuitableFileSystem`, `invalid`.
  public static func open(
    at path: FilePath, creatingIfMissing: Bool = false, options: LogOptions = LogOptions()
  ) throws(LogError) -> Log {
    try open(
      at: path, creatingIfMissing: creatingIfMissing, options: options,
      surroundings: Surroundings())
  }

  /// Makes a new log at `path`, which must not exist or be an empty directory.
  ///
  /// - Parameter origin: a name for people and for signed heads, 1 to 255 bytes; made of the log's id if nil.
  /// - Throws: `exists`, and as `open(at:creatingIfMissing:options:)`.
  public static func create(
    at path: FilePath, origin: String? = nil, options: LogOptions = LogOptions()
  ) throws(LogError) -> Log {
    try create(
      at: path, origin: origin, options: options, surroundings: Surroundings())
  }

  package static func open(
    at path: FilePath, creatingIfMissing: Bool = false, options: LogOptions = LogOptions(),
    surroundings: Surroundings
  ) throws(LogError) -> Log {
    do throws(LogError) { return Log(try Engine.open(path, options, surroundings)) } catch {
      guard creatingIfMissing, error.code == .notALog else { throw error }
      return try create(at: path, options: options, surroundings: surroundings)
    }
  }

  package static func create(
    at path: FilePath, origin: String? = nil, options: LogOptions = LogOptions(),
    surroundings: Surroundings
  ) throws(LogError) -> Log {
    Log(try Engine.create(path, origin: origin, options, surroundings))
  }

  /// The directory of the log.
  public var path: FilePath { engine.directory.path }
  /// The log's identity and origin.
  public var manifest: Manifest { engine.manifest }

  /// The stream named `name`, declared now if it is new: one record in the log's own stream.
  ///
  /// - Parameter name: 1 to 255 bytes of UTF-8 without control characters, other than `log`.
  /// - Throws: `invalid` for another name, and as `append`.
  public func stream(named name: String) throws(LogError) -> LogStream {
    try engine.stream(named: name)
  }

  /// Appends one record, and returns as soon as its place in the order is certain.
  ///
  /// The call waits only when all staging buffers, 2 to 16 of 1 MiB each, are full and the disk has not caught up.
  /// - Parameters:
  ///   - payload: 0 bytes to `Limits.payloadByteCount`; copied before the call returns.
  ///   - stream: where the record belongs.
  ///   - kind: 256 or more.
  ///   - salted: whether 16 random bytes are digested and stored with the payload, so that nobody can guess it from its
  ///     digest after it is erased.
  /// - Throws: `tooLarge` or `invalid`; `full` if there is no space for the next segment: nothing was appended then; `poisoned`
  ///   after a failed write or sync; `closed`, `forked`.
  @discardableResult
  public func append(
    _ payload: RawSpan, to stream: LogStream, kind: RecordKind = .event, salted: Bool = false
  ) throws(LogError) -> Receipt {
    let minimum: Int =
      if case .lz4(let minimum) = engine.options.compression { minimum } else { .max }
    if !salted, payload.byteCount < minimum {
      try Batch.check(payload.byteCount)
      guard !kind.isReserved else {
        throw LogError(.invalid, "kind \(kind.rawValue) is the log's own: use 256 or more")
      }
      return try engine.append(payload, to: stream.number, kind: kind)
    }
    var batch = batch()
    try batch.append(payload, to: stream, kind: kind, salted: salted)
    return try engine.append(batch)
  }

  /// Appends one record whose payload is in an array; as `append(_:to:kind:salted:)`.
  @discardableResult
  public func append(
    _ payload: [UInt8], to stream: LogStream, kind: RecordKind = .event, salted: Bool = false
  ) throws(LogError) -> Receipt {
    try append(payload.rawSpan, to: stream, kind: kind, salted: salted)
  }

  /// An empty batch whose payloads are compressed as the log's options say.
  public func batch() -> Batch { engine.emptyBatch }

  /// Appends all records of `batch`, or none: a crash leaves no part of it.
  ///
  /// They are hashed several at a time, and are consecutive in the log.
  /// - Throws: as `append(_:to:kind:salted:)`.
  @discardableResult
  public func append(_ batch: Batch) throws(LogError) -> Receipt { try engine.append(batch) }

  /// Blocks until everything appended so far is synced, whatever the log's durability.
  ///
  /// - Throws: `poisoned`.
  public func synchronize() throws(LogError) { try engine.synchronizeAll() }

  /// The log as it is now, up to the last commit that was written; costs the same at any size.
  ///
  /// A record is in it once its receipt was waited for: what was acknowledged and is not written yet is written now.
  public func snapshot() -> Snapshot { engine.snapshotOfAcknowledged() }

  /// Syncs everything, and gives the log back for others to open.
  ///
  /// Snapshots and receipts stay valid. Closing again does nothing.
  /// - Throws: `poisoned` or `storage` if the last records could not be synced; the log is closed all the same.
  public func close() throws(LogError) { try engine.close() }
}
