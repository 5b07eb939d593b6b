internal import IntaglioFormat

/// Takes out of an item of a model's conversation what the policy wants out: what a model hears and says of a tool's
/// arguments and results is redacted as the tool's own records are.
///
/// A call is known by its members `name` and `arguments` (with `server_label` for a tool of an MCP server), a result by the
/// `call_id` or `tool_call_id` of a call that the run has seen; both wherever they stand in the item, so that the items of the
/// usual interfaces are all understood.
struct ItemRedactor {
  let policy: LoadedPolicy
  /// The tools of the calls that the run has seen, by the ids that the model gave them.
  let tools: [String: ToolIdentity]

  private static let outputNames = ["output", "content", "result"]

  /// The item with markers, and what was taken out; nil if nothing was.
  func redact(_ item: String) -> Redacted? {
    guard policy.policy?.redactions.isEmpty == false else { return nil }
    guard let json = try? JSON.parse(Array(item.utf8)) else {
      return policy.textRedactor.redact(text: item)
    }
    var removals: [Removal] = []
    let value = walk(json, "", &removals)
    let rest = policy.textRedactor.redact(value)
    removals += rest.removals
    return removals.isEmpty ? nil : Redacted(value: rest.value, removals: removals)
  }

  private func walk(_ json: JSON, _ pointer: String, _ removals: inout [Removal]) -> JSON {
    switch json {
    case .array(let elements):
      return .array(
        elements.enumerated().map { walk($0.element, "\(pointer)/\($0.offset)", &removals) })
    case .object(let members):
      let argumentsTool = callee(json)
      let outputTool = answered(json)
      return .object(
        members.map { member in
          let place = pointer + "/" + member.name.escapedAsPointerToken
          var redacted: Redacted?
          if let argumentsTool, member.name == "arguments", let text = member.value.string {
            redacted = policy.redactor(for: argumentsTool).redact(arguments: text)
          } else if let outputTool, Self.outputNames.contains(member.name),
            let text = member.value.string
          {
            redacted = policy.redactor(for: outputTool).redact(text: text)
          }
          guard let redacted else {
            return JSON.Member(member.name, walk(member.value, place, &removals))
          }
          removals += redacted.removals.map {
            Removal(pointer: place + $0.pointer, rule: $0.rule, byteCount: $0.byteCount)
          }
          return JSON.Member(member.name, redacted.value)
        })
    default: return json
    }
  }

  private func callee(_ json: JSON) -> ToolIdentity? {
    guard let name = json["name"]?.string, json["arguments"] != nil else { return nil }
    if let server = json["server_label"]?.string {
      return ToolIdentity(.mcp, server: server, name: name)
    }
    // What the run has seen says the family; a call that is new is a function's.
    let id = json["call_id"]?.string ?? json["id"]?.string
    return id.flatMap { tools[$0] } ?? ToolIdentity(name: name)
  }

  private func answered(_ json: JSON) -> ToolIdentity? {
    (json["call_id"]?.string ?? json["tool_call_id"]?.string).flatMap { tools[$0] }
  }
}

extension String {
  /// The text as a token of a JSON pointer (RFC 6901).
  fileprivate var escapedAsPointerToken: String {
    guard utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else {
      return self
    }
    var result = ""
    for character in unicodeScalars {
      switch character {
      case "~": result += "~0"
      case "/": result += "~1"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }
}
