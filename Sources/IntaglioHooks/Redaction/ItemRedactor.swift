internal import IntaglioFormat

/// Takes out of an item of a model's conversation what the policy wants out: what a model hears and says of a tool's
/// arguments and results is redacted as the tool's own records are.
///
/// A call is known by its members `name` and `arguments` or `input` (with `server_label` for a tool of an MCP server), a result by
/// the `call_id`, `tool_call_id` or `tool_use_id` of a call that came before it; both wherever they stand in the item, so that
/// the items of the usual interfaces are all understood. A call that holds its own result, as a server's does, answers itself.
struct ItemRedactor {
  let policy: LoadedPolicy
  /// The tools of the calls that the run has seen, by the ids that the model gave them; those of items are added.
  private(set) var tools: [String: ToolIdentity]

  private static let argumentNames = ["arguments", "input"]
  private static let outputNames = ["output", "content", "result"]
  private static let answeredNames = ["call_id", "tool_call_id", "tool_use_id"]

  init(policy: LoadedPolicy, tools: [String: ToolIdentity]) {
    self.policy = policy
    self.tools = tools
  }

  /// The item with markers, and what was taken out; nil if nothing was.
  mutating func redact(_ item: String) -> Redacted? {
    guard policy.policy?.redactions.isEmpty == false else { return nil }
    guard let json = try? JSON.parse(Array(item.utf8)) else {
      return policy.textRedactor.redact(text: item)
    }
    var removals: [Removal] = []
    let value = walk(json, "", nil, nil, &removals)
    let rest = policy.textRedactor.redact(value)
    removals += rest.removals
    return removals.isEmpty ? nil : Redacted(value: rest.value, removals: removals)
  }

  /// - Parameters:
  ///   - outerID: the id of the object around, which is the call's where that has a function of its own.
  ///   - output: the tool whose result the value is, or a part of it.
  private mutating func walk(
    _ json: JSON, _ pointer: String, _ outerID: String?, _ output: ToolIdentity?,
    _ removals: inout [Removal]
  ) -> JSON {
    switch json {
    case .array(var elements):
      for index in elements.indices {
        elements[index] = walk(
          elements[index], "\(pointer)/\(index)", outerID, output, &removals)
      }
      return .array(elements)
    case .object(var members):
      let id = json["call_id"]?.string ?? json["id"]?.string ?? outerID
      let called = callee(json, id)
      let answered = answered(json) ?? called
      for index in members.indices {
        let (name, value) = (members[index].name, members[index].value)
        let place = pointer + "/" + name.escapedAsPointerToken
        let isArguments = called != nil && Self.argumentNames.contains(name)
        let isOutput = answered != nil && Self.outputNames.contains(name)
        let part = isOutput ? answered : output
        if let tool = isArguments ? called : part,
          let redacted = redact(value, of: tool, isArguments: isArguments)
        {
          members[index].value = redacted.value
          removals += redacted.removals.map {
            Removal(pointer: place + $0.pointer, rule: $0.rule, byteCount: $0.byteCount)
          }
        } else {
          members[index].value = walk(value, place, id, part, &removals)
        }
      }
      return .object(members)
    default: return json
    }
  }

  /// What the rules for `tool` take out of its arguments or its result; nil if they take nothing.
  private func redact(
    _ value: JSON, of tool: ToolIdentity, isArguments: Bool
  ) -> Redacted? {
    let redactor = policy.redactor(for: tool)
    if let text = value.string {
      return isArguments ? redactor.redact(arguments: text) : redactor.redact(text: text)
    }
    let redacted = redactor.redact(value)
    return redacted.removals.isEmpty ? nil : redacted
  }

  private mutating func callee(_ json: JSON, _ id: String?) -> ToolIdentity? {
    guard let name = json["name"]?.string,
      Self.argumentNames.contains(where: { json[$0] != nil })
    else { return nil }
    if let server = json["server_label"]?.string {
      return ToolIdentity(.mcp, server: server, name: name)
    }
    // What the run has seen says the family; a call that is new is a function's.
    guard let id else { return ToolIdentity(name: name) }
    if let known = tools[id], known.name.isSame(as: name) { return known }
    let tool = ToolIdentity(name: name)
    if tools[id] == nil { tools[id] = tool }
    return tool
  }

  private func answered(_ json: JSON) -> ToolIdentity? {
    for name in Self.answeredNames {
      if let tool = json[name]?.string.flatMap({ tools[$0] }) { return tool }
    }
    return nil
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
