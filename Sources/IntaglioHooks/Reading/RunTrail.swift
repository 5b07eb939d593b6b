internal import Intaglio
internal import IntaglioFormat

/// How far a run has come, as its records say it.
struct RunTrail {
  struct OpenCall {
    let number: Int
    let tool: String
    let id: String?
    var hasStarted = false
  }

  let stream: LogStream
  private(set) var hasStarted = false
  private(set) var isOver = false
  private(set) var isPaused = false
  /// Whether it has read what is not to be trusted.
  private(set) var isTainted = false
  private(set) var reserved: [CounterKey: LimitCount] = [:]
  /// Those whose tools were asked for and may still run, or have begun and not ended.
  private var open: [Int: OpenCall] = [:]

  var openCalls: [OpenCall] { open.values.sorted { $0.number < $1.number } }

  /// Reads all records of `stream`; what was reserved before the record `start` is settled.
  init(
    _ snapshot: Snapshot, _ stream: LogStream, countingFrom start: SequenceNumber
  ) throws(LogError) {
    self.stream = stream
    for result in snapshot.records(of: stream.number) {
      guard let event = try RecordedEvent(try result.get()) else { continue }
      note(event)
      if event.kind == .policyDecision, event.sequence >= start { noteReservations(event) }
    }
  }

  private mutating func note(_ event: RecordedEvent) {
    if event.isTrue(Attribute.tainted) || event.isTrue(Attribute.taints) { isTainted = true }
    switch event.kind {
    case .runStart: hasStarted = true
    case .runPaused: isPaused = true
    case .runResumed: isPaused = false
    case .runEnd, .runFailed, .runOrphaned: isOver = true
    case .toolRequest:
      guard let number = event.integer(Attribute.call) else { return }
      open[number] = OpenCall(
        number: number, tool: event[Attribute.tool]?.string ?? "",
        id: event[Attribute.toolCallID]?.string)
    case .policyDecision: noteDecision(event)
    case .toolStart:
      if let number = event.integer(Attribute.call) { open[number]?.hasStarted = true }
    case .toolEnd, .toolAbandoned, .toolOrphaned, .agentHandoff:
      if let number = event.integer(Attribute.call) { open[number] = nil }
    default: break
    }
  }

  private mutating func noteDecision(_ event: RecordedEvent) {
    if event[Attribute.effect]?.string != Effect.allow.rawValue,
      let number = event.integer(Attribute.call)
    {
      open[number] = nil
    }
  }

  private mutating func noteReservations(_ event: RecordedEvent) {
    for charge in event.charges { reserved.add(charge.amount, charge.key) }
  }
}

extension RecordedEvent {
  /// What a decision reserved of limits.
  var charges: [Judgement.Charge] {
    (self[Attribute.limits]?.array ?? []).compactMap { charge in
      guard let limit = charge["id"]?.string, let subject = charge["subject"]?.string,
        let scope = charge["per"]?.string.flatMap(Policy.Limit.Scope.init(rawValue:)),
        let amount = charge["amount"]?.string.flatMap({ LimitCount($0) })
      else { return nil }
      let key = CounterKey(limit: limit, scope: scope, subject: subject)
      return Judgement.Charge(key: key, amount: amount)
    }
  }
}
