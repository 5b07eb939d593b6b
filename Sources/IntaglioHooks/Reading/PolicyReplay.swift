internal import Intaglio
package import IntaglioFormat

/// What a policy would have decided on the calls that a log has, with limits and taint as it would have counted them.
///
/// Events are given in the order of the log. Calls that the policy would have denied used nothing of its limits; what an agent
/// would have done instead nobody knows. Capabilities are no matter of a policy's: a call that was denied for want of one is left out.
package struct PolicyReplay {
  /// A call as it was decided, and as the policy would have.
  package struct Outcome: Sendable {
    package let run: String
    package let number: Int
    package let sequence: SequenceNumber
    package let tool: ToolIdentity
    package let arguments: JSON
    package let recorded: Effect
    /// Nil if the call's arguments were redacted or erased, so that nobody can judge them.
    package let replayed: Effect?
    package let deciders: [String]
    package let reason: String

    package var isDifferent: Bool { replayed != recorded }
  }

  private struct Run {
    let id: String
    let mission: String
    var agent: String
    var isTainted: Bool
    var taintsNext = false
    /// The number of the first call that was decided together with the newest one.
    var batch: Int?
    var requests: [Int: RecordedEvent] = [:]
  }

  private let policy: Policy
  private var counts: [CounterKey: LimitCount] = [:]
  private var runs: [StreamNumber: Run] = [:]
  private var streams: [String: StreamNumber] = [:]

  package init(_ policy: Policy) { self.policy = policy }

  /// Takes the next event of the log; gives the outcome if it decides a call.
  package mutating func note(_ event: RecordedEvent, in stream: StreamNumber) -> Outcome? {
    if event.kind == .runStart { start(event, stream) }
    guard var run = runs[stream] else { return nil }
    defer { runs[stream] = run }
    switch event.kind {
    case .agentStart: run.agent = event[Attribute.agentName]?.string ?? run.agent
    case .agentHandoff: run.agent = event[Attribute.toAgent]?.string ?? run.agent
    case .toolRequest:
      if let number = event.integer(Attribute.call) { run.requests[number] = event }
      let batch = event.integer(Attribute.batch)
      // What the calls of a batch read taints the calls of the next.
      if batch != run.batch { run.isTainted = run.isTainted || run.taintsNext }
      run.batch = batch
    case .policyDecision: return decide(event, &run)
    case .toolHosted: noteHosted(event, &run)
    default: break
    }
    return nil
  }

  /// What a tool of the model's provider has read taints at once.
  private func noteHosted(_ event: RecordedEvent, _ run: inout Run) {
    guard let tool = event[Attribute.tool]?.string.flatMap(ToolIdentity.init) else { return }
    guard let text = event[Attribute.toolArguments]?.string else {
      // Redacted: it is as it was decided.
      run.isTainted = run.isTainted || event.isTrue(Attribute.taints)
      return
    }
    let input = PolicyInput(
      tool: tool, agent: run.agent, argumentText: text, isTainted: run.isTainted)
    run.isTainted = run.isTainted || policy.evaluate(input).readsUntrusted
  }

  private mutating func start(_ event: RecordedEvent, _ stream: StreamNumber) {
    let id = event[Attribute.run]?.string ?? ""
    let parentID = event[Attribute.parentRun]?.string
    let parent = parentID.flatMap { streams[$0] }.flatMap { runs[$0] }
    runs[stream] = Run(
      id: id, mission: event[Attribute.mission]?.string ?? id,
      agent: event[Attribute.agentID]?.string ?? "",
      // What a parent that is not in this log has read nobody can tell.
      isTainted: parent.map { $0.isTainted || $0.taintsNext } ?? (parentID != nil))
    streams[id] = stream
  }

  private mutating func decide(_ event: RecordedEvent, _ run: inout Run) -> Outcome? {
    guard let number = event.integer(Attribute.call),
      let recorded = event[Attribute.effect]?.string.flatMap(Effect.init(rawValue:)),
      let request = run.requests.removeValue(forKey: number),
      event[Attribute.capability]?.string != CapabilityCover.none,
      let tool = request[Attribute.tool]?.string.flatMap(ToolIdentity.init)
    else { return nil }
    let arguments = request[Attribute.toolArguments] ?? .null
    guard let text = arguments.string, request[Attribute.redacted] == nil else {
      // What it used and read then, it used and read, whatever would be decided now.
      for charge in event.charges { counts.add(charge.amount, charge.key) }
      run.taintsNext = run.taintsNext || event.isTrue(Attribute.taints)
      return Outcome(
        run: run.id, number: number, sequence: event.sequence, tool: tool, arguments: arguments,
        recorded: recorded, replayed: nil, deciders: [],
        reason: "the arguments were redacted: they cannot be judged again")
    }
    let input = PolicyInput(
      tool: tool, agent: run.agent, argumentText: text, isTainted: run.isTainted)
    let (counts, id, mission, agent) = (counts, run.id, run.mission, run.agent)
    let judgement = Judgement(
      input, by: policy,
      subject: { scope in
        switch scope {
        case .run: id
        case .mission: mission
        case .agent: agent
        case .log: ""
        }
      },
      count: { counts[$0] ?? .zero })
    for charge in judgement.charges { self.counts.add(charge.amount, charge.key) }
    if judgement.effect != .deny, judgement.readsUntrusted {
      run.taintsNext = true
    }
    return Outcome(
      run: run.id, number: number, sequence: event.sequence, tool: tool, arguments: arguments,
      recorded: recorded, replayed: judgement.effect, deciders: judgement.deciders,
      reason: judgement.reason)
  }
}

extension ToolIdentity {
  /// The tool written as `description` writes it.
  package init?(_ text: String) {
    guard let colon = text.firstIndex(of: ":"),
      let family = Family(rawValue: String(text[..<colon]))
    else { return nil }
    let rest = text[text.index(after: colon)...]
    guard !rest.isEmpty else { return nil }
    guard family == .mcp else {
      self.init(family, name: String(rest))
      return
    }
    guard let slash = rest.firstIndex(of: "/") else { return nil }
    self.init(
      .mcp, server: String(rest[..<slash]), name: String(rest[rest.index(after: slash)...]))
  }
}
