public import IntaglioFormat

/// Until when something is remembered, by the wall clock.
public enum MemoryExpiry: Hashable, Sendable {
  /// So long after it was remembered.
  case after(Duration)
  /// Until that moment.
  case at(Timestamp)

  /// The moment, for what is remembered at `now`, or nil if that is not after `now`.
  func moment(from now: Timestamp) -> Timestamp? {
    switch self {
    case .at(let moment): return moment > now ? moment : nil
    case .after(let duration):
      let (seconds, attoseconds) = duration.components
      guard duration > .zero else { return nil }
      let (whole, isTooLong) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
      let (added, isOver) = whole.addingReportingOverflow(UInt64(attoseconds / 1_000_000_000))
      let (moment, isBeyond) = now.nanoseconds.addingReportingOverflow(added)
      // Six centuries from now: the last moment that a time stamp can say.
      if isTooLong || isOver || isBeyond { return Timestamp(nanoseconds: .max) }
      return moment > now.nanoseconds ? Timestamp(nanoseconds: moment) : nil
    }
  }
}
