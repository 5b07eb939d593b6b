/// How a log is written.
public struct LogOptions: Sendable {
  /// When an acknowledgement is given.
  public var durability: Durability = .synced
  /// Whether, and from which size on, payloads are compressed.
  public var compression: Compression = .lz4(minimumByteCount: 1024)
  /// The largest size of a segment file, in bytes: a multiple of 4096 from 16 KiB to 16 GiB.
  ///
  /// A log's first segments are smaller, so that small logs stay small; each is four times as large as the one before until
  /// this size is reached. A batch that is larger gets a segment of its own size.
  public var segmentByteCount = 64 << 20
  /// After so many changes of a state since its last checkpoint, a transaction makes one of itself; at least 1.
  ///
  /// It bounds what the next opening has to read, and what is kept in memory: about 200 bytes and the key for each change.
  public var automaticCheckpointChangeCount = 8192
  /// Whether to write on NFS, SMB, 9p or FUSE, where locks and syncs may not be what they promise.
  public var allowsUnsuitableFileSystem = false

  /// The defaults: acknowledged when synced, LZ4 from 1 KiB on, segments up to 64 MiB.
  public init() {}

  static let smallestSegmentByteCount = 16 << 10

  func validate() throws(LogError) {
    guard automaticCheckpointChangeCount >= 1 else {
      throw LogError(
        .invalid,
        "automatic checkpoints cannot come after \(automaticCheckpointChangeCount) changes: choose 1 or more"
      )
    }
    guard segmentByteCount % 4096 == 0,
      (Self.smallestSegmentByteCount...Limits.segmentByteCount).contains(segmentByteCount)
    else {
      throw LogError(
        .invalid,
        "a segment cannot have \(segmentByteCount) bytes: choose a multiple of 4096 from 16384 to 17179869184"
      )
    }
  }

  /// The capacity of segment `number`, at least `minimum`.
  func capacity(ofSegment number: UInt64, atLeast minimum: Int) -> Int {
    let first = min(segmentByteCount, 256 << 10)
    let grown = number < 10 ? min(segmentByteCount, first << (2 * Int(number))) : segmentByteCount
    return max(grown, rounded(minimum, upTo: Limits.pageByteCount))
  }
}

/// What an acknowledgement means: what has happened to a record when `Receipt.wait` returns.
public enum Durability: Hashable, Sendable {
  /// Synced: the record survives the loss of power. One sync serves all who wait.
  case synced
  /// Safe from the end of the process, as `written`; and from the loss of power after at most this many milliseconds,
  /// or once this many bytes have been appended after it, whichever comes first.
  case periodic(milliseconds: Int, byteCount: Int)
  /// Safe from the end of the process: the record is written, or stands in the file `staging`, from which the next opening
  /// for writing takes it; when it survives the loss of power is left to the system.
  case written
}

/// Whether payloads are compressed.
///
/// A compressed payload is kept only where that saves at least an eighth.
public enum Compression: Hashable, Sendable {
  /// Every payload is stored as it is, and can be read without a copy.
  case none
  /// Payloads of at least this many bytes are stored as LZ4 blocks.
  case lz4(minimumByteCount: Int)
}
