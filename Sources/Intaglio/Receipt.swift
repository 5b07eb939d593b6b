public import IntaglioFormat

/// The proof of order that an append returns at once: what was appended has these numbers and this place in the chain.
///
/// It is not yet the proof of durability: `wait()` or `durable()` give that.
public struct Receipt: Sendable {
  /// The sequence numbers that the appended records got.
  public let sequences: Range<SequenceNumber>
  /// The chain value of the last of them: noted elsewhere, it pins the log's whole history up to there.
  public let chain: Digest
  let engine: Engine

  /// The number of the last record appended.
  public var sequence: SequenceNumber { SequenceNumber(sequences.upperBound.rawValue - 1) }

  /// Blocks the calling thread until the records are as safe as the log's `Durability` says.
  ///
  /// Not for tasks: it would hold a thread of the cooperative pool; they use `durable()`.
  /// - Throws: `poisoned` if the write or sync failed, with the reason; the records may or may not be on disk.
  public func wait() throws(LogError) {
    try engine.wait(until: sequences.upperBound.rawValue)
  }

  /// Suspends the task until the records are as safe as the log's `Durability` says.
  ///
  /// - Throws: as `wait()`.
  public func durable() async throws(LogError) {
    try await engine.waitAsynchronously(until: sequences.upperBound.rawValue)
  }
}
