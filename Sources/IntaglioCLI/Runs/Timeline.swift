internal import IntaglioFormat
internal import IntaglioHooks

/// What happened in a run, as lines for people; all that others wrote is escaped.
struct Timeline {
  /// Whether long texts are shown whole.
  let isWhole: Bool
  private(set) var lines: [String] = []
  private var start: Timestamp?
  private var requests: [Int: RecordedEvent] = [:]
  private var starts: [Int: Timestamp] = [:]
  private var modelRequest: Timestamp?
  private var turnCheckpoint: Int?

  private static let textLength = 100

  init(isWhole: Bool) { self.isWhole = isWhole }

  mutating func note(_ event: RecordedEvent) {
    if start == nil { start = event.time }
    if event.isErased { return add(event, "\(event.kind.name) (erased)") }
    switch event.kind {
    case .runStart, .modelItem: break
    case .toolRequest: if let number = event.integer(Attribute.call) { requests[number] = event }
    case .policyDecision: noteDecision(event)
    case .approvalRequested, .approvalDecided, .approvalGranted, .approvalRejected,
      .approvalRefused,
      .approvalExpired, .approvalVoided:
      noteReview(event)
    case .toolStart: if let number = event.integer(Attribute.call) { starts[number] = event.time }
    case .toolEnd: noteEnd(event)
    case .modelRequest:
      modelRequest = event.time
      let turn = event.integer(Attribute.turn) ?? 0
      let count = event[Attribute.inputMessages]?.array?.count ?? 0
      let checkpoint = turnCheckpoint.map { ", checkpoint \($0)" } ?? ""
      turnCheckpoint = nil
      add(
        event,
        "turn \(turn)  \(text(event, Attribute.agentName)) asks \(model(event)), \(counted(count, "item"))\(checkpoint)"
      )
    case .checkpointCreated:
      let number = event.integer(Attribute.checkpoint) ?? 0
      if text(event, Attribute.label) == "turn \(event.integer(Attribute.turn) ?? 0)" {
        // Told with the turn that it comes before.
        turnCheckpoint = number
      } else {
        add(event, "checkpoint \(number)  \(text(event, Attribute.label))")
      }
    case .modelResponse: noteResponse(event)
    default: add(event, description(of: event))
    }
  }

  private func description(of event: RecordedEvent) -> String {
    let call = event.integer(Attribute.call).map { "#\($0)" } ?? ""
    switch event.kind {
    case .runEnd: return "run ended" + colon(event, Attribute.output)
    case .runFailed:
      return "run failed: \(text(event, Attribute.errorType))" + colon(event, Attribute.message)
    case .runOrphaned: return "the program ended here; recorded by the next opening"
    case .runPaused: return "run paused" + colon(event, Attribute.reason)
    case .runResumed: return "run resumed"
    case .agentStart: return "agent \(text(event, Attribute.agentName)) starts"
    case .agentEnd:
      return "agent \(text(event, Attribute.agentName)) ends" + colon(event, Attribute.output)
    case .agentHandoff:
      return
        "\(call)  handed over from \(text(event, Attribute.fromAgent)) to \(text(event, Attribute.toAgent))"
    case .modelFailed:
      return "model failed: \(text(event, Attribute.errorType))" + colon(event, Attribute.message)
    case .toolAbandoned: return "\(call)  was allowed and never used"
    case .toolOrphaned: return "\(call)  began, and nobody saw its end"
    case .toolHosted:
      return "\(text(event, Attribute.tool)) ran at the provider"
        + colon(event, Attribute.toolResult)
    case .toolWithheld:
      return "\(text(event, Attribute.tool)) was withheld from the model"
    case .policyLoaded: return "policy \(text(event, Attribute.policy).prefix(16)) loaded"
    case .capabilityGranted:
      return
        "\(text(event, Attribute.agentName)) is granted \(text(event, Attribute.capability)) by \(text(event, Attribute.by))"
    case .capabilityRevoked:
      return
        "\(text(event, Attribute.agentName)) loses \(text(event, Attribute.capability)) by \(text(event, Attribute.by))"
    case .guardrailTripped:
      return
        "guardrail \(text(event, Attribute.guardrail)) tripped on \(text(event, Attribute.stage))"
        + colon(event, Attribute.message)
    case .memoryRemembered:
      let count = event.integer(Attribute.byteCount) ?? 0
      return "remembers \(text(event, Attribute.memoryKey)), \(counted(count, "byte"))"
    case .memoryForgotten: return "forgets \(text(event, Attribute.memoryKey))"
    default: return event.kind.name
    }
  }

  private mutating func noteDecision(_ event: RecordedEvent) {
    let number = event.integer(Attribute.call) ?? 0
    let request = requests[number]
    let tool = request.map { text($0, Attribute.tool) } ?? ""
    let arguments = request.flatMap { $0[Attribute.toolArguments] }.map(shown) ?? ""
    add(event, "#\(number)  \(tool) \(arguments)")
    let effect = event[Attribute.effect]?.string ?? ""
    let word =
      ["allow": "allowed", "deny": "DENIED", "review": "TO REVIEW"][effect] ?? escaped(effect)
    var line = word + " by " + deciders(event)
    if event.isTrue(Attribute.tainted) { line += ", tainted" }
    if event.isTrue(Attribute.aborts) { line += ", ends the run" }
    addBelow(line + colon(event, Attribute.reason))
  }

  /// The rules and limits that a decision names.
  private func deciders(_ event: RecordedEvent) -> String {
    let effect = event[Attribute.effect]
    if event[Attribute.capability]?.string == "none" { return "capability" }
    if event[Attribute.policy]?.string == "none" { return "no policy" }
    if let invalid = event[Attribute.errorType]?.string { return escaped(invalid) }
    let exceeded = (event[Attribute.limits]?.array ?? []).filter { $0["exceeded"] != nil }
    let rules = (event[Attribute.rules]?.array ?? []).filter {
      $0["effect"] == effect && $0["observe"] == nil
    }
    let names = (exceeded.isEmpty ? rules : exceeded).compactMap { rule -> String? in
      rule["id"]?.string.map { escaped($0) + (rule["erring"] == nil ? "" : " (erring)") }
    }
    return names.isEmpty ? "default" : names.joined(separator: ", ")
  }

  private mutating func noteReview(_ event: RecordedEvent) {
    let call = event.integer(Attribute.call).map { "#\($0)  " } ?? ""
    let ticket = event[Attribute.ticket]?.string.map { "ticket " + $0.prefix(12) } ?? "a ticket"
    let reason = colon(event, Attribute.reason)
    let line =
      switch event.kind {
      case .approvalRequested: call + "waits for a review" + reason
      case .approvalDecided:
        "\(ticket): \(text(event, Attribute.decision)) by \(text(event, Attribute.identity))"
          + reason
      case .approvalGranted: call + "approved"
      case .approvalRejected: call + "REJECTED" + reason
      case .approvalExpired: call + "the review expired"
      case .approvalVoided: call + "the review was voided" + reason
      default: "\(ticket): refused" + reason
      }
    add(event, line)
  }

  private mutating func noteEnd(_ event: RecordedEvent) {
    let number = event.integer(Attribute.call) ?? 0
    let took = starts[number].map { " in " + Self.span($0, event.time) } ?? ""
    let result = event[Attribute.toolResult].map(shown) ?? ""
    add(event, "#\(number)  \(text(event, Attribute.status))\(took): \(result)")
  }

  private mutating func noteResponse(_ event: RecordedEvent) {
    let took = modelRequest.map { " in " + Self.span($0, event.time) } ?? ""
    var line = "        answered\(took)"
    if let input = event.integer(Attribute.inputTokens),
      let output = event.integer(Attribute.outputTokens)
    {
      line += ", \(input)+\(output) tokens"
    }
    let said = (event[Attribute.outputMessages]?.array ?? []).compactMap { $0["content"]?.string }
    add(event, line + (said.isEmpty ? "" : ": " + shown(.string(said.joined(separator: " ")))))
  }

  private func model(_ event: RecordedEvent) -> String {
    let name = text(event, Attribute.requestModel)
    return name.isEmpty ? "the model" : name
  }

  private func text(_ event: RecordedEvent, _ name: String) -> String {
    event[name].map(shown) ?? ""
  }

  private func colon(_ event: RecordedEvent, _ name: String) -> String {
    let text = text(event, name)
    return text.isEmpty ? "" : ": " + text
  }

  /// A value, safe to print, on one line and not too long.
  private func shown(_ value: JSON) -> String {
    let text = escaped(value.string ?? String(decoding: value.canonical, as: UTF8.self))
    let scalars = text.unicodeScalars
    return isWhole || scalars.count <= Self.textLength
      ? text : String(scalars.prefix(Self.textLength)) + "…"
  }

  private static func span(_ start: Timestamp, _ end: Timestamp) -> String {
    (end.nanoseconds > start.nanoseconds ? end.nanoseconds - start.nanoseconds : 0).asDuration
  }

  private mutating func add(_ event: RecordedEvent, _ line: String) {
    let time = start.map { Self.span($0, event.time) } ?? ""
    lines.append(aligned(time, to: 10) + "  " + line)
  }

  private mutating func addBelow(_ line: String) { lines.append(aligned("", to: 16) + line) }
}

extension RunSummary {
  /// What the run is.
  var title: String {
    var text = "run \(escaped(id))  agent \(escaped(agent))  mission \(escaped(mission))"
    if let parent { text += "  beneath \(escaped(parent))" }
    text += "  policy \(escaped(policy).prefix(16))"
    return text + (start.map { "  \($0.iso8601(fractionDigitCount: 3))" } ?? "")
  }

  /// What came of it, in numbers.
  var conclusion: String {
    var text =
      "\(state.rawValue) after \(duration.asDuration): \(counted(turnCount, "turn")), \(counted(callCount, "call"))"
    for (effect, word) in [(Effect.allow, "allowed"), (.deny, "denied"), (.review, "to review")] {
      if let count = decisions[effect] { text += ", \(count) \(word)" }
    }
    return text + ", \(inputTokenCount)+\(outputTokenCount) tokens"
  }
}

extension RecordedEvent {
  /// The event as it was recorded, with its place.
  func json(log: String) -> JSON {
    .object([
      .init("log", .string(log)), .init("sequence", .integer(sequence.rawValue)),
      .init("time", .string(time.iso8601())), .init("kind", .string(kind.name)),
      .init("payload", contents),
    ])
  }
}
