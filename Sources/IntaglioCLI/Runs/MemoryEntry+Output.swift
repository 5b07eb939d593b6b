internal import IntaglioFormat
internal import IntaglioHooks

extension MemoryEntry {
  /// The entry for people: where it comes from, and below it what it says.
  var lines: [String] {
    var head = ["\(escaped(key))", time.iso8601(fractionDigitCount: 0), origin]
    if !tags.isEmpty { head.append("[" + tags.map(escaped).joined(separator: ", ") + "]") }
    if let expires { head.append("until " + expires.iso8601(fractionDigitCount: 0)) }
    return [head.joined(separator: "  ")] + valueLines.map { "  " + $0 }
  }

  private var origin: String {
    var text = "\(escaped(agent)) in \(escaped(run)) turn \(turn)"
    if let call { text += " #\(call)" }
    return isTainted ? text + "*" : text
  }

  private var valueLines: [String] {
    switch value {
    case .text(let text):
      text.split(separator: "\n", omittingEmptySubsequences: false).map { escaped(String($0)) }
    case .bytes(let bytes): ["(\(bytes.count) bytes)"]
    case .reference(let reference):
      [
        "-> \(escaped(reference.kind)) \(escaped(reference.id))"
          + (reference.location.map { " at \(escaped($0))" } ?? "")
      ]
    }
  }

  func json(log: String) -> JSON {
    var members: [JSON.Member] = [
      .init("key", .string(key)), .init("log", .string(log)),
      .init("kind", .string(value.kind.rawValue)),
    ]
    switch value {
    case .text(let text): members.append(.init("text", .string(text)))
    case .bytes(let bytes):
      var digits: [UInt8] = []
      append(base64: bytes, to: &digits)
      members.append(.init("bytesBase64", .string(String(decoding: digits, as: UTF8.self))))
    case .reference(let reference): members.append(.init("reference", reference.json))
    }
    members += [
      .init("tags", .array(tags.map(JSON.string))), .init("time", .string(time.iso8601())),
      .init("run", .string(run)), .init("agent", .string(agent)), .init("turn", .integer(turn)),
    ]
    if let call { members.append(.init("call", .integer(call))) }
    if let expires { members.append(.init("expires", .string(expires.iso8601()))) }
    members.append(.init("isTainted", .bool(isTainted)))
    return .object(members)
  }
}
