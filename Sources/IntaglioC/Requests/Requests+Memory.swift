internal import IntaglioFormat
internal import IntaglioHooks

// What a mission remembers.
extension Requests {
  @Sendable static func remember(_ members: inout Members) throws(Failure) -> Step {
    let (id, key) = (try members.text("run"), try members.text("key"))
    let value = try members.memoryValue("value")
    let tags = try members.optionalTexts("tags") ?? []
    let expires = try members.optionalDuration("expires_after").map { MemoryExpiry.after($0) }
    let call = try members.optionalCount("call")
    return { governor in
      try await governor.run(id).run.remember(key, value, tags: tags, expires: expires, call: call)
      return .empty
    }
  }

  @Sendable static func recall(_ members: inout Members) throws(Failure) -> Step {
    let id = try members.text("run")
    let query = MemoryQuery(
      key: try members.optionalText("key"), prefix: try members.optionalText("prefix"),
      tags: try members.optionalTexts("tags") ?? [], words: try members.optionalText("words"))
    let limit = try members.optionalCount("limit") ?? 10
    return { governor in
      let entries = try await governor.run(id).run.recall(query, limit: limit)
      return .members(["entries": .array(entries.map(\.json))])
    }
  }

  @Sendable static func forget(_ members: inout Members) throws(Failure) -> Step {
    let (id, key) = (try members.text("run"), try members.text("key"))
    return { governor in
      .members(["forgotten": .bool(try await governor.run(id).run.forget(key))])
    }
  }
}

extension Members {
  /// A text, {"base64": ...}, or {"reference": {kind, id, location?}}.
  fileprivate mutating func memoryValue(_ name: String) throws(Failure) -> MemoryValue {
    guard let value = value(name) else { throw missing(name) }
    if let text = value.string { return .text(text) }
    var members = try Members(value, of: "\(name) of the \(what)")
    guard var reference = try members.optionalMembers("reference") else {
      var bytes = Members([JSON.Member(name, value)], of: what)
      return .bytes(try bytes.bytes(name))
    }
    try members.finish()
    let pointer = MemoryReference(
      kind: try reference.text("kind"), id: try reference.text("id"),
      location: try reference.optionalText("location"))
    try reference.finish()
    return .reference(pointer)
  }
}

extension MemoryEntry {
  fileprivate var json: JSON {
    .members([
      "key": .string(key), "value": value.json, "tags": .texts(tags),
      "time": .integer(time.nanoseconds), "expires": expires.map { .integer($0.nanoseconds) },
      "run": .string(run), "agent": .string(agent), "turn": .integer(turn),
      "call": call.map { .integer($0) }, "is_tainted": .bool(isTainted),
    ])
  }
}

extension MemoryValue {
  fileprivate var json: JSON {
    switch self {
    case .text(let text): .string(text)
    // Never as a text: what was remembered as bytes is bytes to whoever recalls it.
    case .bytes(let bytes): .members(["base64": .string(Base64.encode(bytes))])
    case .reference(let reference): .members(["reference": reference.json])
    }
  }
}
