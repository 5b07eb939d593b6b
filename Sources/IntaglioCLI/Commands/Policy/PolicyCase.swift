internal import IntaglioFormat
internal import IntaglioHooks

/// A call, and what a policy should decide about it.
struct PolicyCase {
  private static let keys = [
    "name", "tool", "agent", "arguments", "tainted", "expect", "rules",
  ]

  let name: String
  /// Where it begins in its text, from 1.
  let line: Int
  private let input: PolicyInput
  private let effect: Effect
  /// The ids of the rules that should apply; nil if any may.
  private let rules: Set<String>?

  static func list(_ node: PolicyNode) throws(PolicyError) -> [PolicyCase] {
    var cases: [PolicyCase] = []
    for node in try node.list("a file of cases") {
      cases.append(try PolicyCase(reading: node, number: cases.count + 1))
    }
    guard !cases.isEmpty else { throw node.error("there are no cases: write one") }
    return cases
  }

  private init(reading node: PolicyNode, number: Int) throws(PolicyError) {
    let map = try PolicyMap(node, "a case", keys: Self.keys)
    let toolNode = try map.required("tool", "name the tool that is called")
    guard let tool = ToolIdentity(argument: try toolNode.text("'tool'")) else {
      throw toolNode.error("a tool is written NAME, FAMILY:NAME or mcp:SERVER/NAME")
    }
    name = try map.text("name") ?? "case \(number)"
    line = node.place.line
    input = PolicyInput(
      tool: tool,
      agent: try map.text("agent") ?? "",
      argumentText: map["arguments"]?.argumentText ?? Array("{}".utf8),
      isTainted: try map["tainted"].map { node throws(PolicyError) in
        try node.bool("'tainted'")
      } ?? false)
    effect = try map.required("expect", "say which effect is expected: allow, review or deny")
      .choice("'expect'")
    rules = try map["rules"].map { node throws(PolicyError) in
      var ids: Set<String> = []
      for node in try node.list("'rules'") { ids.insert(try node.text("a rule")) }
      return ids
    }
  }

  /// How the policy's decision differs from what is expected, or nil.
  func difference(under policy: Policy) -> String? {
    let evaluation = policy.evaluate(input)
    let applied = evaluation.applied.map(\.id)
    let why =
      evaluation.invalidArguments
      ?? (applied.isEmpty ? "no rule applies" : "by " + applied.joined(separator: ", "))
    if evaluation.effect != effect {
      return "expected \(effect.rawValue), is \(evaluation.effect.rawValue) (\(why))"
    }
    if let rules, rules != Set(applied) {
      return "expected the rules \(rules.sorted().joined(separator: ", ")), is \(why)"
    }
    return nil
  }
}

extension PolicyNode {
  /// The arguments that a case gives: a text as it is, anything else as JSON.
  fileprivate var argumentText: [UInt8] {
    if case .string(let text) = value { return Array(text.utf8) }
    return Array(jsonText.utf8)
  }

  /// As JSON, with the digits that numbers were written with.
  private var jsonText: String {
    switch value {
    case .null: return "null"
    case .bool(let value): return "\(value)"
    case .number(let text): return text
    case .string(let text): return String(decoding: JSON.string(text).canonical, as: UTF8.self)
    case .list(let elements): return "[" + elements.map(\.jsonText).joined(separator: ",") + "]"
    case .map(let members):
      let texts = members.map { key, value in "\(key.nameText):\(value.jsonText)" }
      return "{" + texts.joined(separator: ",") + "}"
    }
  }

  /// The name of a member: what is no text in YAML is one in JSON.
  private var nameText: String {
    if case .string = value { return jsonText }
    return String(decoding: JSON.string(jsonText).canonical, as: UTF8.self)
  }
}
