public import IntaglioFormat

extension Snapshot {
  /// The records whose time lies in `times`, in the order of the log.
  ///
  /// Clocks are set back at times, so records need not ascend in time: whole segments are passed over by their earliest and
  /// latest time, the others are scanned. `body` throws to end the walk.
  public func forEachRecord(
    in times: ClosedRange<Timestamp>, _ body: (Record) throws -> Void
  ) throws {
    for index in list.segments.indices {
      let segment = try list.open(index)
      guard let span = segment.index.times, span.overlaps(times) else { continue }
      let first = segment.header.firstSequence
      let end = first.advanced(by: UInt64(segment.index.count))
      try records(in: first..<end).forEach { record in
        if times.contains(record.time) { try body(record) }
      }
    }
  }
}
