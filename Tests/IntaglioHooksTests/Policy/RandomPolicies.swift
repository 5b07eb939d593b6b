import IntaglioFormat
import IntaglioTestSupport

@testable import IntaglioHooks

/// Random policies and calls that have something to do with each other: few names, few values, and among them all that is
/// hostile.
struct RandomPolicies {
  var random: SeededGenerator
  private let names = ["a", "b", "list", "o", "é"]
  private let numbers = [
    "0", "1", "1.0", "5", "10e-1", "100", "99.99", "-3", "2.5", "1E2", "0.1", "9007199254740992",
  ]
  private let hostileNumbers = [
    "1e400000000000000000000", "100.00000000000000000001", "9007199254740993", "-0", "1e30",
  ]
  private let texts = [
    "", "a", "ab", "abab", "EUR", "USD", "é", "100", "git status", "ls", "-l", "*", "A", "日本",
    "https://api.example.com/x", "http://example.com", "https://b.example.com:8080",
    "HTTPS://API.example.com",
    "/srv/data", "/srv/data/x", "/srv/database", "/tmp/./x//y", "/",
  ]
  /// Those of every policy.
  let approvers = ["a", "b", "c"].enumerated().map { index, name in
    Approver(name: name, key: [UInt8](repeating: UInt8(index), count: 32))
  }
  private let hostileTexts = [
    "e\u{301}", "a\u{200D}b", "a\u{202E}b", "a\u{0}", "Ａ", "https://x@api.example.com",
    "https://1.2.3",
    "https://api.example.com\\@x", "/srv/data/../etc", "/srv\\data", "https://api.example.com.",
    "\u{FEFF}a",
    "https://api.example.com:70000", "//api.example.com",
  ]
  private let globs = ["*", "a*", "*b", "?", "a?", "*a*b*", "\\*", "EUR", "https:*", "git*", "é*"]

  init(_ random: SeededGenerator) { self.random = random }

  mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements.randomElement(using: &random)!
  }
  mutating func chance(_ one: Int, in count: Int) -> Bool {
    Int.random(in: 0..<count, using: &random) < one
  }

  // MARK: Policies

  mutating func policy(ruleCount: Int) -> JSON {
    .object([
      .init("version", .number("1")),
      .init("default", .string(pick(["allow", "review", "deny"]))),
      .init(
        "approvers", .object(approvers.map { .init($0.name, .string(ApproverKey.text($0.key))) })),
      .init("rules", .array((0..<ruleCount).map { rule("r\($0)") })),
    ])
  }

  mutating func rule(_ id: String) -> JSON {
    var members: [JSON.Member] = [.init("id", .string(id))]
    if chance(9, in: 10) { members.append(.init("when", when())) }
    let effect = pick(["allow", "review", "deny", "deny", ""])
    if !effect.isEmpty { members.append(.init("effect", .string(effect))) }
    if effect.isEmpty || chance(1, in: 4) {
      members.append(.init("effect_class", .string(pick(["none", "unknown", "irreversible"]))))
    }
    if effect == "deny" || effect == "review", chance(1, in: 3) {
      members.append(.init("on_deny", .string(pick(["refuse", "abort"]))))
    }
    if effect == "review", chance(1, in: 2) { members.append(.init("review", review())) }
    if chance(1, in: 5) { members.append(.init("checkpoint", .string("before"))) }
    if chance(1, in: 5) { members.append(.init("reads", .string("untrusted"))) }
    if chance(1, in: 5) { members.append(.init("observe", .bool(chance(3, in: 4)))) }
    if chance(1, in: 3) { members.append(.init("message", .string("message of \(id)"))) }
    return .object(members.shuffled(using: &random))
  }

  private mutating func review() -> JSON {
    var members: [JSON.Member] = []
    let names = ["a", "b", "c"].filter { _ in chance(1, in: 2) }
    if !names.isEmpty { members.append(.init("approvers", .array(names.map(JSON.string)))) }
    let most = names.isEmpty ? 3 : names.count
    members.append(.init("quorum", .integer(Int.random(in: 1...most, using: &random))))
    if chance(1, in: 2) { members.append(.init("expires", .string(pick(["90s", "1m", "2h"])))) }
    if chance(1, in: 2) { members.append(.init("mode", .string(pick(["wait", "pause"])))) }
    return .object(members)
  }

  private mutating func when() -> JSON {
    var members: [JSON.Member] = []
    if chance(1, in: 3) {
      members.append(
        .init(
          "tool",
          oneOrMany {
            $0.pick(["pay*", "*", "function:pay", "mcp:bank/*", "mcp:*/pay", "*:*", "handoff:?"])
          }))
    }
    if chance(1, in: 5) {
      members.append(.init("agent", oneOrMany { $0.pick(["air*", "*", "x", "?ir*"]) }))
    }
    if chance(1, in: 6) { members.append(.init("tainted", .bool(chance(1, in: 2)))) }
    if chance(5, in: 6) { members.append(.init("arguments", predicate(depth: 3))) }
    return .object(members)
  }

  private mutating func oneOrMany(_ make: (inout RandomPolicies) -> String) -> JSON {
    chance(1, in: 2)
      ? .string(make(&self))
      : .array((0..<Int.random(in: 1...3, using: &random)).map { _ in .string(make(&self)) })
  }

  private mutating func predicate(depth: Int) -> JSON {
    var members: [JSON.Member] = []
    for _ in 0..<(chance(2, in: 3) ? 1 : 2) {
      let key = pick(depth > 0 ? ["all", "any", "any", "not", "", "/", "/", "/", "/"] : ["/"])
      let member: JSON.Member
      switch key {
      case "all", "any":
        member = .init(
          key,
          .array(
            (0..<Int.random(in: 1...3, using: &random)).map { _ in predicate(depth: depth - 1) }))
      case "not": member = .init(key, predicate(depth: depth - 1))
      case "": member = .init("", tests(depth: depth))
      default: member = .init(pointer(), tests(depth: depth))
      }
      if !members.contains(where: { $0.name == member.name }) { members.append(member) }
    }
    return .object(members)
  }

  private mutating func pointer() -> String {
    pick([
      "/a", "/a", "/b", "/list", "/o", "/é", "/list/0", "/list/1", "/o/a", "/a/b", "/list/-",
      "/list/01",
    ])
  }

  private mutating func tests(depth: Int) -> JSON {
    var members: [JSON.Member] = []
    for _ in 0..<(chance(9, in: 10) ? 1 : 2) {
      let member = test(depth: depth)
      if !members.contains(where: { $0.name == member.name }) { members.append(member) }
    }
    return .object(members)
  }

  private mutating func test(depth: Int) -> JSON.Member {
    let name = pick(
      [
        "equals", "equals", "in", "less", "less_or_equal", "greater", "greater_or_equal",
        "contains", "starts_with", "glob",
        "exists", "length", "url", "path", "command",
      ] + (depth > 0 ? ["every", "some", "every", "some"] : []))
    let value: JSON
    switch name {
    case "equals", "contains": value = self.value(depth: 2, isHostile: false)
    case "in":
      value = .array(
        (0..<Int.random(in: 1...4, using: &random)).map { _ in
          self.value(depth: 1, isHostile: false)
        })
    case "starts_with": value = .string(pick(texts))
    case "glob": value = .string(pick(globs))
    case "exists": value = .bool(chance(1, in: 2))
    case "length":
      value = .object([
        .init(
          pick(["equals", "less", "greater", "less_or_equal", "greater_or_equal"]),
          .number(pick(["1", "2", "3"])))
      ])
    case "every", "some": value = predicate(depth: depth - 1)
    case "url":
      let scheme = JSON.Member("scheme", oneOrMany { $0.pick(["https", "HTTP"]) })
      let host = JSON.Member(
        "host", oneOrMany { $0.pick(["api.example.com", "*.example.com", "Example.com"]) })
      value = .object(pick([[scheme], [host], [scheme, host]]))
    case "path":
      value = .object([
        .init("within", oneOrMany { $0.pick(["/srv/data", "/srv/data/", "/", "/tmp/x"]) })
      ])
    case "command":
      value = .array([
        .string(pick(["git status", "ls"])), .array([.string("ls"), .string("-l")]),
      ])
    default: value = .number(pick(numbers))
    }
    return .init(name, value)
  }

  // MARK: Calls

  mutating func arguments() -> String {
    if chance(1, in: 50) { return pick(["", "{", #"{"a":1,"a":2}"#, "nul", #"{"a":"\ud800"}"#]) }
    var members: [JSON.Member] = []
    for name in names where chance(3, in: 4) {
      members.append(
        .init(name, name == "list" && chance(4, in: 5) ? list() : value(depth: 2, isHostile: true)))
    }
    return String(decoding: JSON.object(members.shuffled(using: &random)).written, as: UTF8.self)
  }

  private mutating func list() -> JSON {
    .array(
      (0..<Int.random(in: 0...3, using: &random)).map { _ in value(depth: 1, isHostile: true) })
  }

  private mutating func value(depth: Int, isHostile: Bool) -> JSON {
    switch Int.random(in: 0..<(depth > 0 ? 12 : 9), using: &random) {
    case 0: return .null
    case 1: return .bool(chance(1, in: 2))
    case 2..<5: return .number(isHostile && chance(1, in: 6) ? pick(hostileNumbers) : pick(numbers))
    case 5..<9: return .string(isHostile && chance(1, in: 5) ? pick(hostileTexts) : pick(texts))
    case 9, 10:
      return .array(
        (0..<Int.random(in: 0...2, using: &random)).map { _ in
          value(depth: depth - 1, isHostile: isHostile)
        })
    default:
      return .object(
        (isHostile && chance(1, in: 10) ? ["a\u{200B}"] : names).prefix(
          Int.random(in: 0...2, using: &random)
        ).map {
          .init($0, value(depth: depth - 1, isHostile: isHostile))
        })
    }
  }

  mutating func tool() -> ToolIdentity {
    pick([
      ToolIdentity(name: "pay"), ToolIdentity(name: "pay"), ToolIdentity(name: "payment"),
      ToolIdentity(name: "p\u{200B}ay"),
      ToolIdentity(.mcp, server: "bank", name: "pay"),
      ToolIdentity(.mcp, server: "x", name: "read"),
      ToolIdentity(.handoff, name: "x"), ToolIdentity(.hosted, name: "search"),
    ])
  }

  mutating func agent() -> String { pick(["airline", "x", "", "\u{202E}air"]) }

  mutating func input() -> PolicyInput {
    makeInput(arguments(), tool: tool(), agent: agent(), tainted: chance(1, in: 2))
  }
}

extension JSON {
  /// Without white space, numbers as they are.
  var written: [UInt8] {
    switch self {
    case .null: Array("null".utf8)
    case .bool(let value): Array("\(value)".utf8)
    case .number(let text): Array(text.utf8)
    case .string: canonical
    case .array(let elements):
      Array("[".utf8) + elements.map(\.written).joined(separator: [UInt8(ascii: ",")])
        + Array("]".utf8)
    case .object(let members):
      Array("{".utf8)
        + members.map { JSON.string($0.name).canonical + Array(":".utf8) + $0.value.written }
        .joined(separator: [UInt8(ascii: ",")]) + Array("}".utf8)
    }
  }
}
