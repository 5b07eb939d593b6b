internal import Intaglio
internal import IntaglioFormat
internal import IntaglioHooks

extension MissionPreview {
  /// What is taken back, voided and left, as lines for people; `verb` begins the first.
  func lines(_ verb: String) -> [String] {
    let checkpoint = state.checkpoint
    var lines = [
      "\(verb) checkpoint \(checkpoint.sequence), \(checkpoint.title), of \(checkpoint.time.iso8601(fractionDigitCount: 0))"
    ]
    lines += state.tableLines
    for ticket in tickets {
      lines.append(
        "voided: ticket \(ticket.id.hex.prefix(12)) (\(ticket.state.rawValue)) for \(escaped(ticket.tool)) of \(escaped(ticket.run))"
      )
    }
    for run in pausedRuns { lines.append("ended: the paused run \(escaped(run))") }
    for call in calls {
      lines.append(
        "not taken back: \(escaped(call.tool)) of \(escaped(call.run)) #\(call.number), \(call.status.map(escaped) ?? "no end"), effect \(call.effectClass.rawValue)"
      )
    }
    lines += changedByOthers.map { "changed by others: \($0)" }
    if !notCaptured.isEmpty {
      lines.append(
        "cannot be rolled back to from here: \(notCaptured.map(escaped).joined(separator: ", "))")
    }
    return lines
  }
}
