internal import IntaglioFormat

extension GovernorCore {
  /// Records what the model is asked; an item that the run has stored before is only named.
  func requestModel(_ request: ModelRequest, _ run: RunState) throws(GovernorError) {
    run.turn += 1
    if run.turn > 1 { try checkpoint(run, label: "turn \(run.turn)") }
    var redactor = run.itemRedactor
    var events: [Event] = []
    var stored: [String: String] = [:]
    func digest(_ text: String) -> JSON {
      if let known = run.items[text] ?? stored[text] { return .string(known) }
      let item = itemEvent(text, &redactor)
      events.append(item.event)
      stored[text] = item.digest
      return .string(item.digest)
    }
    let instructions = request.instructions.map { digest(JSON.string($0).text) }
    let input = request.input.map(digest)
    var event = Event(.modelRequest)
    event.set(Attribute.turn, run.turn)
    event.set(Attribute.agentName, run.agent)
    event.set(Attribute.operation, "chat")
    event.set(Attribute.requestModel, request.model)
    event.set(Attribute.provider, request.provider)
    event.set(Attribute.systemInstructions, instructions)
    event.set(Attribute.inputMessages, .array(input))
    do throws(GovernorError) { try append(events + [event], to: run.stream) } catch {
      // Not asked: what was not recorded has no turn and no items.
      run.turn -= 1
      throw error
    }
    run.items.merge(stored) { known, _ in known }
    run.tools = redactor.tools
  }

  /// The record of an item of a model's input, and the name that requests give it.
  private func itemEvent(
    _ text: String, _ redactor: inout ItemRedactor
  ) -> (event: Event, digest: String) {
    let redacted = redactor.redact(text)
    let contents = redacted?.value ?? JSON.contents(of: text)
    let salt = RandomBytes.hex(words: 2)
    let digest = SaltedDigest.ofItem(contents.text, salt: salt).hex
    var event = Event(.modelItem)
    event.set(Attribute.item, contents)
    event.set(Attribute.redacted, redacted?.removalsAsJSON)
    event.set(Attribute.salt, salt)
    return (event, digest)
  }

  /// Records what the model answered.
  func respond(_ response: ModelResponse, _ run: RunState) throws(GovernorError) {
    var redactor = run.itemRedactor
    var event = Event(.modelResponse)
    event.set(Attribute.turn, run.turn)
    event.set(Attribute.agentName, run.agent)
    event.set(Attribute.responseModel, response.model)
    event.set(Attribute.responseID, response.id)
    if !response.finishReasons.isEmpty {
      event.set(Attribute.finishReasons, .array(response.finishReasons.map(JSON.string)))
    }
    event.set(Attribute.inputTokens, response.inputTokenCount)
    event.set(Attribute.outputTokens, response.outputTokenCount)
    var removals: [JSON] = []
    let output = response.output.map { text -> JSON in
      guard let redacted = redactor.redact(text) else { return JSON.contents(of: text) }
      removals.append(redacted.removalsAsJSON)
      return redacted.value
    }
    event.set(Attribute.outputMessages, .array(output))
    event.set(Attribute.redacted, removals.isEmpty ? nil : .array(removals))
    try append([event], to: run.stream)
  }
}

extension JSON {
  /// What `text` says as JSON, or the text itself if it says nothing as JSON.
  static func contents(of text: String) -> JSON {
    (try? JSON.parse(Array(text.utf8))) ?? .string(text)
  }

  /// The canonical text.
  var text: String { String(decoding: canonical, as: UTF8.self) }
}
