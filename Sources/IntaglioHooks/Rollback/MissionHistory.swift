internal import Intaglio
internal import IntaglioFormat

/// What the runs of a mission did since a record, as the log has it.
struct MissionHistory {
  private(set) var calls: [MissionPreview.Call] = []

  /// Reads the runs of `mission` that have records from `start` on.
  init(
    _ snapshot: Snapshot, governor: StateView, mission: String, from start: SequenceNumber
  ) throws(LogError) {
    for id in try Self.runs(of: mission, governor) {
      guard let stream = try snapshot.stream(named: GovernorCore.streamName(ofRun: id)),
        try Self.hasRecords(snapshot, stream, from: start)
      else { continue }
      try read(snapshot, stream, id, from: start)
    }
  }

  /// The runs of a mission, by the governor's state.
  static func runs(of mission: String, _ governor: StateView) throws(LogError) -> [String] {
    let prefix = Array((mission + "\n").utf8)
    var runs: [String] = []
    for entry in try governor.entries(in: GovernorCore.missionRuns, withPrefix: prefix) {
      runs.append(String(decoding: try entry.get().key.key.dropFirst(prefix.count), as: UTF8.self))
    }
    return runs
  }

  /// The conversations that the runs of a mission had, by the governor's state.
  static func conversations(
    of mission: String, _ governor: StateView
  ) throws(LogError) -> Set<String> {
    var conversations: Set<String> = []
    let prefix = Array((mission + "\n").utf8)
    for entry in try governor.entries(in: GovernorCore.missionRuns, withPrefix: prefix) {
      let name = try governor.value(of: try entry.get())
      if !name.isEmpty { conversations.insert(String(decoding: name, as: UTF8.self)) }
    }
    return conversations
  }

  private static func hasRecords(
    _ snapshot: Snapshot, _ stream: LogStream, from start: SequenceNumber
  ) throws(LogError) -> Bool {
    var records = snapshot.recordsBackwards(of: stream.number).makeIterator()
    guard let last = records.next() else { return false }
    return try last.get().sequence >= start
  }

  private mutating func read(
    _ snapshot: Snapshot, _ stream: LogStream, _ id: String, from start: SequenceNumber
  ) throws(LogError) {
    var classes: [Int: EffectClass] = [:]
    var started: [Int: Int] = [:]
    for result in snapshot.records(of: stream.number) {
      guard let event = try RecordedEvent(try result.get()),
        let number = event.integer(Attribute.call)
      else { continue }
      switch event.kind {
      case .policyDecision:
        classes[number] =
          event[Attribute.effectClass]?.string
          .flatMap(EffectClass.init(rawValue:)) ?? .unknown
      case .toolStart where event.sequence >= start:
        started[number] = calls.count
        calls.append(
          MissionPreview.Call(
            run: id, number: number, tool: event[Attribute.tool]?.string ?? "",
            effectClass: classes[number] ?? .unknown, status: nil))
      case .toolEnd:
        guard let index = started[number] else { continue }
        let call = calls[index]
        calls[index] = MissionPreview.Call(
          run: id, number: number, tool: call.tool, effectClass: call.effectClass,
          status: event[Attribute.status]?.string)
      default: break
      }
    }
  }
}
