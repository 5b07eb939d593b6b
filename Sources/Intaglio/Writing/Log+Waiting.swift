internal import IntaglioFormat
internal import IntaglioStorage

extension Log {
  /// Blocks until the record `sequence` and all before it are as safe as the log's `Durability` says; as `Receipt.wait()` for who has kept
  /// no more than a number.
  ///
  /// - Throws: `invalid` for a record that was not appended; as `Receipt.wait()`.
  package func wait(through sequence: SequenceNumber) throws(LogError) {
    try engine.checkFork()
    let count = engine.writer.withLock { $0.nextSequence }
    guard sequence.rawValue < count else {
      throw LogError(
        .invalid, "there is no record \(sequence) to wait for: \(count) were appended to \(path)")
    }
    try engine.wait(until: sequence.rawValue + 1)
  }
}
