/// Events that could not be recorded, or that nobody could see.
struct Gap: Sendable {
  /// The run that they are of; nil if nobody knows.
  let run: String?
  let count: Int
  /// What they were; nil for events of the run that the engine could not record.
  var what: String?
}

extension GovernorCore {
  /// Records what could not be recorded when it happened.
  func record(_ gaps: [Gap]) throws(GovernorError) {
    let events = gaps.map { gap in
      var event = Event(.auditGap)
      event.set(Attribute.run, gap.run)
      event.set(Attribute.count, gap.count)
      event.set(Attribute.reason, gap.what)
      return event
    }
    try append(events, to: stream)
  }
}
