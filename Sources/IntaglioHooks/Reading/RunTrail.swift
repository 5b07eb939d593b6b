internal import Intaglio
internal import IntaglioFormat

/// How far a run has come, as its records say it.
struct RunTrail {
  /// A call as its records tell it.
  struct Call {
    let number: Int
    let tool: String
    let id: String
    let agent: String
    /// The raw text; nil if something of it was redacted.
    let arguments: String?
    let digest: String
    var effect = Effect.deny
    var aborts = false
    var ticket: String?
    var hasStarted = false
    var hasEnded = false
  }

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
  private(set) var mission = ""
  private(set) var agent = ""
  private(set) var conversation: String?
  private(set) var policy = LoadedPolicy.nameOfNone
  private(set) var turn = 0
  private(set) var isTainted = false
  private(set) var calls: [Call] = []
  /// The framework's state that the newest pause has.
  private(set) var pausedState: String?
  private(set) var runReserved: [CounterKey: LimitCount] = [:]
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
      noteState(event)
      if event.kind == .policyDecision {
        noteReservations(event, isSettled: event.sequence < start)
      }
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

  /// What it takes to go on with the run.
  private mutating func noteState(_ event: RecordedEvent) {
    switch event.kind {
    case .runStart:
      mission = event[Attribute.mission]?.string ?? ""
      agent = event[Attribute.agentID]?.string ?? ""
      policy = event[Attribute.policy]?.string ?? policy
    case .agentStart: agent = event[Attribute.agentName]?.string ?? agent
    case .agentHandoff: agent = event[Attribute.toAgent]?.string ?? agent
    case .policyLoaded: policy = event[Attribute.policy]?.string ?? policy
    case .modelRequest: turn = event.integer(Attribute.turn) ?? turn
    case .runPaused: pausedState = event[Attribute.state]?.string
    default: noteCall(event)
    }
  }

  private mutating func noteCall(_ event: RecordedEvent) {
    guard let number = event.integer(Attribute.call) else { return }
    if event.kind == .toolRequest {
      calls.append(
        Call(
          number: number, tool: event[Attribute.tool]?.string ?? "",
          id: event[Attribute.toolCallID]?.string ?? "",
          agent: event[Attribute.agentName]?.string ?? "",
          arguments: event[Attribute.redacted] == nil
            ? event[Attribute.toolArguments]?.string : nil,
          digest: event[Attribute.argumentsDigest]?.string ?? ""))
      return
    }
    guard calls.indices.contains(number), calls[number].number == number else { return }
    switch event.kind {
    case .policyDecision:
      calls[number].effect =
        event[Attribute.effect]?.string.flatMap(Effect.init(rawValue:)) ?? .deny
    case .approvalRequested: calls[number].aborts = event.isTrue(Attribute.aborts)
    case .toolStart, .agentHandoff: calls[number].hasStarted = true
    case .toolEnd, .toolAbandoned, .toolOrphaned: calls[number].hasEnded = true
    default: break
    }
  }

  private mutating func noteReservations(_ event: RecordedEvent, isSettled: Bool) {
    for charge in event.charges {
      if charge.key.scope == .run { runReserved.add(charge.amount, charge.key) }
      if !isSettled { reserved.add(charge.amount, charge.key) }
    }
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
