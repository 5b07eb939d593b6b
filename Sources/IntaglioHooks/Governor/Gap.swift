/// Events of a run that could not be recorded.
struct Gap: Sendable {
  let run: String
  let count: Int
}

extension GovernorCore {
  /// Records what could not be recorded when it happened.
  func record(_ gaps: [Gap]) throws(GovernorError) {
    let events = gaps.map { gap in
      var event = Event(.auditGap)
      event.set(Attribute.run, gap.run)
      event.set(Attribute.count, gap.count)
      return event
    }
    try append(events, to: stream)
  }
}
