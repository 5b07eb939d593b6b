internal import IntaglioFormat

/// A place in the log up to which everything is known to be synced.
struct DurablePoint: Sendable {
  var count: UInt64
  /// The first sequence of the segment in which the records end, and where in its file they do.
  var segment: SequenceNumber
  var offset: Int
  /// The chain value of the last of them.
  var chain: Digest
}

extension HeadSlot {
  /// Says that everything up to `point` is durable, if more than was known.
  mutating func advance(to point: DurablePoint) {
    writtenCount = max(writtenCount, point.count)
    guard point.count > durableCount else { return }
    durableCount = point.count
    durableSegment = point.segment
    durableOffset = ByteOffset(point.offset)
    durableChain = point.chain
  }
}

extension Writer {
  /// Takes note of a sync of what was written up to `point`; the next who writes HEAD says so there.
  mutating func noteSynced(_ point: DurablePoint) {
    guard point.count > syncedCount else { return }
    syncedCount = point.count
    syncedPoint = point
  }

  /// HEAD says that `count` records are durable.
  mutating func noteDurable(_ count: UInt64) {
    durableCount = max(durableCount, count)
    syncedCount = max(syncedCount, count)
    if let syncedPoint, syncedPoint.count <= durableCount { self.syncedPoint = nil }
  }
}
