internal import IntaglioFormat
internal import IntaglioHooks

extension RunSummary {
  /// The run as a line for people.
  var line: String {
    [
      start.map { $0.iso8601(fractionDigitCount: 0) } ?? padded("", to: 20),
      aligned(duration.asDuration, to: 8),
      padded(state.rawValue, to: 8),
      aligned(counted(turnCount, "turn"), to: 8),
      padded(callText, to: 16),
      padded("\(inputTokenCount)+\(outputTokenCount)", to: 11),
      padded(escaped(id) + (isTainted ? "*" : ""), to: 20),
      escaped(agent) + (mission.isEmpty || mission == id ? "" : " in " + escaped(mission)),
    ].joined(separator: "  ")
  }

  private var callText: String {
    var text = counted(callCount, "call")
    if let denied = decisions[.deny] { text += " -\(denied)" }
    if let reviewed = decisions[.review] { text += " ?\(reviewed)" }
    return text
  }

  func json(log: String) -> JSON {
    var members: [JSON.Member] = [
      .init("run", .string(id)), .init("log", .string(log)),
      .init("state", .string(state.rawValue)),
      .init("agent", .string(agent)), .init("mission", .string(mission)),
      .init("policy", .string(policy)),
    ]
    if let parent { members.append(.init("parent", .string(parent))) }
    if let start { members.append(.init("start", .string(start.iso8601()))) }
    members += [
      .init("durationNanoseconds", .integer(duration)), .init("turnCount", .integer(turnCount)),
      .init("allowedCount", .integer(decisions[.allow] ?? 0)),
      .init("deniedCount", .integer(decisions[.deny] ?? 0)),
      .init("reviewedCount", .integer(decisions[.review] ?? 0)),
      .init("inputTokenCount", .integer(inputTokenCount)),
      .init("outputTokenCount", .integer(outputTokenCount)),
      .init("isTainted", .bool(isTainted)),
    ]
    return .object(members)
  }
}

extension UInt64 {
  /// Nanoseconds as people read them: `350 us`, `12.5 ms`, `3.20 s`, `2 min 5 s`.
  var asDuration: String {
    switch self {
    case ..<1_000_000: "\(self / 1000) us"
    case ..<1_000_000_000: "\(Self.fixed(self / 100_000, 1)) ms"
    case ..<120_000_000_000: "\(Self.fixed(self / 10_000_000, 2)) s"
    default: "\(self / 60_000_000_000) min \(self / 1_000_000_000 % 60) s"
    }
  }

  /// `value` with the last `digitCount` of its digits behind a point.
  private static func fixed(_ value: UInt64, _ digitCount: Int) -> String {
    let digits = String(value)
    let filled = String(repeating: "0", count: Swift.max(0, digitCount + 1 - digits.count)) + digits
    return filled.dropLast(digitCount) + "." + filled.suffix(digitCount)
  }
}
