package import IntaglioFormat

/// What a run did, counted from its events.
package struct RunSummary: Sendable {
  /// How far the run has come.
  package enum State: String, Sendable {
    case live, paused, ended, failed, orphaned
  }

  package let id: String
  package private(set) var state = State.live
  package private(set) var agent = ""
  package private(set) var mission = ""
  package private(set) var parent: String?
  package private(set) var policy = ""
  package private(set) var start: Timestamp?
  package private(set) var end: Timestamp?
  package private(set) var turnCount = 0
  /// How many calls were decided, by effect.
  package private(set) var decisions: [Effect: Int] = [:]
  package private(set) var inputTokenCount = 0
  package private(set) var outputTokenCount = 0
  package private(set) var isTainted = false

  package init(id: String) { self.id = id }

  package var callCount: Int { decisions.values.reduce(0, +) }

  /// From its first event to its last, in nanoseconds.
  package var duration: UInt64 {
    guard let start, let end, end.nanoseconds > start.nanoseconds else { return 0 }
    return end.nanoseconds - start.nanoseconds
  }

  package mutating func note(_ event: RecordedEvent) {
    if start == nil { start = event.time }
    end = event.time
    switch event.kind {
    case .runStart: noteStart(event)
    case .runEnd: state = .ended
    case .runFailed: state = .failed
    case .runOrphaned: state = .orphaned
    case .runPaused: state = .paused
    case .runResumed: state = .live
    case .modelRequest: turnCount += 1
    case .modelResponse:
      inputTokenCount += event.integer(Attribute.inputTokens) ?? 0
      outputTokenCount += event.integer(Attribute.outputTokens) ?? 0
    case .policyDecision:
      if let effect = event[Attribute.effect]?.string.flatMap(Effect.init(rawValue:)) {
        decisions[effect, default: 0] += 1
      }
      if event.isTrue(Attribute.tainted) || event.isTrue(Attribute.taints) { isTainted = true }
    default: break
    }
  }

  private mutating func noteStart(_ event: RecordedEvent) {
    agent = event[Attribute.agentID]?.string ?? ""
    mission = event[Attribute.mission]?.string ?? ""
    parent = event[Attribute.parentRun]?.string
    policy = event[Attribute.policy]?.string ?? ""
    isTainted = event.isTrue(Attribute.tainted)
  }
}
