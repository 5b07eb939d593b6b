internal import Intaglio
internal import IntaglioFormat

/// What is to be remembered, as the run says it.
struct MemoryRequest: Sendable {
  let key: String
  let value: MemoryValue
  let tags: [String]
  let expires: Timestamp?
  let call: Int?
  let time: Timestamp
}

extension GovernorCore {
  /// Remembers in the mission's state, then tells of it in the run.
  ///
  /// In that order: a crash between the two leaves an entry that says itself where it comes from, and never an event
  /// of something that is not there.
  func remember(_ request: MemoryRequest, _ run: RunState) throws(GovernorError) {
    let entry = try entry(request, run)
    var before = MemoryChange.Before.nothing
    note(
      try governingAny {
        try run.mission.transaction { transaction throws(LogError) in
          before = try MemoryChange.remember(entry, in: &transaction)
        }
      })
    var event = Event(.memoryRemembered)
    event.set(Attribute.turn, run.turn)
    event.set(Attribute.agentName, run.agent)
    event.set(Attribute.call, entry.call)
    event.set(Attribute.memoryKey, entry.key)
    if !entry.tags.isEmpty {
      event.set(Attribute.memoryTags, .array(entry.tags.map(JSON.string)))
    }
    event.set(Attribute.memoryKind, entry.value.kind.rawValue)
    let content = entry.value.content
    event.set(Attribute.byteCount, content.count)
    event.set(Attribute.memoryDigest, SaltedDigest.ofMemory(content, salt: entry.salt).hex)
    event.set(Attribute.expires, entry.expires.map { String($0.nanoseconds) })
    if case .nothing = before {} else { event.set(Attribute.replaces, if: true) }
    event.set(Attribute.redacted, entry.removals)
    try append([event], to: run.stream)
  }

  private func entry(
    _ request: MemoryRequest, _ run: RunState
  ) throws(GovernorError) -> MemoryEntry {
    if let call = request.call, !run.calls.indices.contains(call) {
      throw GovernorError(
        .invalid,
        "the run \(escaped(run.id)) has no call \(call): a memory names one of its own run, or none"
      )
    }
    let redactor = run.policy.textRedactor
    try checkNames(request, redactor)
    let (value, removals) = redacted(request.value, redactor)
    return MemoryEntry(
      key: request.key, value: value, tags: request.tags, time: request.time,
      expires: request.expires, run: run.id, agent: run.agent, turn: run.turn, call: request.call,
      isTainted: run.isTainted, salt: RandomBytes.hex(words: 2), removals: removals)
  }

  /// Refuses names that the policy wants in no record: with a marker in its place nothing could be found by them.
  private func checkNames(_ request: MemoryRequest, _ redactor: Redactor) throws(GovernorError) {
    var names = [("key", request.key)] + request.tags.map { ("tag", $0) }
    if case .reference(let reference) = request.value {
      names += [("kind", reference.kind), ("id", reference.id)]
      if let location = reference.location { names.append(("location", location)) }
    }
    for (what, name) in names where redactor.redact(text: name) != nil {
      throw GovernorError(
        .invalid,
        "the \(what) of a memory is what the policy takes out of records: use another, nothing was remembered"
      )
    }
  }

  /// The value as it may be stored: a marker in place of a text in which the policy's patterns find something.
  ///
  /// Bytes that are text are searched as well.
  private func redacted(_ value: MemoryValue, _ redactor: Redactor) -> (MemoryValue, JSON?) {
    let text: String? =
      switch value {
      case .text(let text): text
      case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
      case .reference: nil
      }
    guard let redacted = text.flatMap({ redactor.redact(text: $0) }) else { return (value, nil) }
    return (.text(redacted.value.text), redacted.removalsAsJSON)
  }

  /// Forgets in the mission's state, then tells of it in the run; gives whether anything was there that had not expired.
  func forget(_ key: String, at now: Timestamp, _ run: RunState) throws(GovernorError) -> Bool {
    var before = MemoryChange.Before.nothing
    let receipt = try governingAny {
      try run.mission.transaction { transaction throws(LogError) in
        before = try MemoryChange.forget(key, in: &transaction)
      }
    }
    var isExpired = false
    switch before {
    case .nothing: return false
    case .unreadable: break
    case .entry(let entry): isExpired = entry.isExpired(at: now)
    }
    note(receipt)
    var event = Event(.memoryForgotten)
    event.set(Attribute.turn, run.turn)
    event.set(Attribute.agentName, run.agent)
    event.set(Attribute.memoryKey, key)
    event.set(Attribute.expired, if: isExpired)
    try append([event], to: run.stream)
    return !isExpired
  }
}
