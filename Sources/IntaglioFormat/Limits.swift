/// The limits of version 1.
///
/// Every length read from disk or given by a caller is held against one of them before it is used.
public enum Limits {
  /// The largest payload: 32 MiB.
  @inlinable public static var payloadByteCount: Int { 32 << 20 }
  /// The largest batch, as frames: 256 MiB.
  public static let batchByteCount = 256 << 20
  /// The longest name of a stream, and the longest origin, in bytes of UTF-8.
  public static let nameByteCount = 255
  /// How many components a state space may have.
  public static let componentCount = 64
  /// How many keys one transaction may change.
  public static let transactionChangeCount = 8192
  /// The longest label of a checkpoint and the longest name of whoever rolls back, in bytes of UTF-8.
  public static let labelByteCount = 255
  /// The longest reason of a rollback, in bytes of UTF-8.
  public static let reasonByteCount = 4096

  @inlinable package static var saltByteCount: Int { 16 }
  @inlinable package static var contentByteCount: Int { payloadByteCount + saltByteCount }
  package static let manifestByteCount = 4096
  package static let segmentByteCount = 1 << 34
  /// Everything that a segment file is counted in, so that it ends with a page.
  package static let pageByteCount = 4096
}

/// `byteCount` rounded up to a multiple of `alignment`, a power of two.
@inlinable package func rounded(_ byteCount: Int, upTo alignment: Int) -> Int {
  (byteCount + alignment - 1) & ~(alignment - 1)
}

/// Whether `name` may name a stream or a log: 1 to 255 bytes without C0, delete or C1 controls.
package func isValidName(_ name: String) -> Bool {
  (1...Limits.nameByteCount).contains(name.utf8.count)
    && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
}
