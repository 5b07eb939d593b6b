internal import Intaglio
internal import IntaglioFormat
internal import IntaglioHooks

extension MissionFile {
  /// How many calls wait for people now.
  private var openTicketCount: Int { tickets.count { $0.stateNow == .open } }

  /// The mission as a line for people.
  var line: String {
    var parts = [
      padded(escaped(name), to: 20), padded(part.name, to: 3),
      aligned(counted(runs.count, "run"), to: 8),
      lastActivity.map { $0.iso8601(fractionDigitCount: 0) } ?? padded("", to: 20),
      aligned(counted(checkpoints.count, "checkpoint"), to: 15),
      aligned(counted(openTicketCount, "open ticket"), to: 14),
    ]
    parts += openRuns.map { "\($0.state.rawValue) \(escaped($0.id))" }
    return parts.joined(separator: "  ")
  }

  /// The mission whole, as lines for people.
  func lines() throws -> [String] {
    var lines = ["mission \(escaped(name))" + (part.name.isEmpty ? "" : "  log \(part.name)")]
    add("runs:", runs.map(\.line), to: &lines)
    add("checkpoints:", checkpoints.map(\.line), to: &lines)
    let counts = try state.counts().sorted { $0.key < $1.key }
    add("state:", counts.map { "\(escaped($0.key))  \(counted($0.value, "key"))" }, to: &lines)
    add("capabilities:", try capabilityLines(), to: &lines)
    add("waiting for people:", tickets.map(\.line), to: &lines)
    return lines
  }

  private func capabilityLines() throws -> [String] {
    guard let capabilities = try capabilities() else { return ["no limits"] }
    return capabilities.sorted { $0.key < $1.key }.map { agent, patterns in
      "\(escaped(agent))  \(patterns.map(escaped).joined(separator: ", "))"
    }
  }

  private func add(_ title: String, _ items: [String], to lines: inout [String]) {
    lines += ["", title] + (items.isEmpty ? ["  none"] : items.map { "  " + $0 })
  }

  var json: JSON {
    .object([
      .init("mission", .string(name)), .init("log", .string(part.name)),
      .init("runCount", .integer(runs.count)),
      .init("lastActivity", lastActivity.map { .string($0.iso8601()) } ?? .null),
      .init("checkpointCount", .integer(checkpoints.count)),
      .init("openTicketCount", .integer(openTicketCount)),
      .init(
        "openRuns",
        .array(
          openRuns.map {
            .object([
              .init("run", .string($0.id)), .init("state", .string($0.state.rawValue)),
            ])
          })),
    ])
  }

  func wholeJSON() throws -> JSON {
    let counts = try state.counts().sorted { $0.key < $1.key }
    return .object([
      .init("mission", .string(name)), .init("log", .string(part.name)),
      .init("runs", .array(runs.map { $0.json(log: part.name) })),
      .init("checkpoints", .array(checkpoints.map(\.json))),
      .init("state", .object(counts.map { .init($0.key, .integer($0.value)) })),
      .init("capabilities", try capabilities().map(Self.json) ?? .null),
      .init("tickets", .array(tickets.map(\.json))),
    ])
  }

  private static func json(_ capabilities: [String: [String]]) -> JSON {
    .object(
      capabilities.sorted { $0.key < $1.key }.map {
        .init($0.key, .array($0.value.map(JSON.string)))
      })
  }
}

extension MissionFile.NamedState {
  fileprivate var line: String {
    let parts = [
      aligned(checkpoint.sequence.rawValue, to: 8), checkpoint.time.iso8601(fractionDigitCount: 3),
      padded(checkpoint.title, to: 20), run.map(escaped) ?? "",
    ]
    return parts.joined(separator: "  ")
  }

  fileprivate var json: JSON {
    .object([
      .init("automatic", .bool(checkpoint.isAutomatic)),
      .init("label", .string(checkpoint.label)),
      .init("run", run.map { .string($0) } ?? .null),
      .init("sequence", .integer(checkpoint.sequence.rawValue)),
      .init("time", .string(checkpoint.time.iso8601())),
    ])
  }
}
