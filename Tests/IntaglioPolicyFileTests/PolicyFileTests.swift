import Foundation
import IntaglioHooks
import IntaglioTestSupport
import Testing

@testable import IntaglioPolicyFile

/// Policies in YAML.
@Suite struct PolicyFileTests {
  private let example = """
    # A policy for the airline.
    version: 1
    default: deny
    limits:
      - {id: calls, tool: "function:*", per: run, most: 50}
      - id: refunds
        tool: send_certificate
        per: mission
        sum: /amount
        most: 500
    redact:
      - {id: cards, pattern: credit_card}
    rules:
      - id: reads
        when: {tool: [get_*, "mcp:docs/*"]}
        effect: allow
      - id: big-certificate
        when:
          tool: send_certificate
          agent: "airline*"
          tainted: true
          arguments:
            /amount: {greater: 100}
            any: [{/currency: {in: [USD, EUR]}}, {not: {/note: {exists: true}}}]
        effect: review
        review: {expires: 1h, mode: pause}
        message: >-
          Large certificates
          are looked at.
        reason: "over 100"
      - id: everything
        when:
        effect_class: irreversible
    """

  @Test func `a policy in YAML is the policy that its JSON is`() throws {
    let json = #"""
      {"version":1,"default":"deny","limits":[{"id":"calls","tool":"function:*","per":"run","most":50},
       {"id":"refunds","tool":"send_certificate","per":"mission","sum":"/amount","most":500}],
       "redact":[{"id":"cards","pattern":"credit_card"}],
       "rules":[{"id":"reads","when":{"tool":["get_*","mcp:docs/*"]},"effect":"allow"},
       {"id":"big-certificate","when":{"tool":"send_certificate","agent":"airline*","tainted":true,"arguments":{
         "/amount":{"greater":100},"any":[{"/currency":{"in":["USD","EUR"]}},{"not":{"/note":{"exists":true}}}]}},
        "effect":"review","review":{"expires":"1h","mode":"pause"},"message":"Large certificates are looked at.","reason":"over 100"},
       {"id":"everything","effect_class":"irreversible"}]}
      """#
    let policy = try PolicyFile.read(example)
    #expect(try policy == Policy(json: Array(json.utf8)))
    // JSON is YAML.
    #expect(try PolicyFile.read(json) == policy)
    #expect(try PolicyFile.read(json.replacing("{", with: "{ ")) == policy)
    #expect(try PolicyFile.read(policy.canonicalJSON) == policy)
    #expect(try PolicyFile.read(example.replacing("\n", with: "\r\n")) == policy)
    #expect(try PolicyFile.read("---\n" + example + "\n...\n") == policy)
  }

  @Test func `the policy on the page about policies is one, and decides as the page says`() throws {
    let page = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/IntaglioHooks/IntaglioHooks.docc/Policy.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let block = try #require(text.components(separatedBy: "```yaml\n").dropFirst().first)
    let policy = try PolicyFile.read(block.components(separatedBy: "```")[0])
    func effect(_ tool: ToolIdentity, _ arguments: String, tainted: Bool = false) -> Effect {
      policy.evaluate(
        PolicyInput(tool: tool, argumentText: arguments, isTainted: tainted)
      ).effect
    }
    let certificate = ToolIdentity(name: "send_certificate")
    #expect(effect(ToolIdentity(name: "get_user"), "{}") == .allow)
    #expect(effect(ToolIdentity(.mcp, server: "other", name: "get_user"), "{}") == .deny)
    #expect(effect(certificate, #"{"amount": 100}"#) == .allow)
    #expect(effect(certificate, #"{"amount": 150}"#) == .review)
    #expect(effect(certificate, #"{"amount": "50"}"#) == .review)
    #expect(effect(certificate, #"{"amount": "50"}"#, tainted: true) == .deny)
    #expect(effect(certificate, "") == .review)
    #expect(effect(certificate, "{") == .deny)
  }

  /// The value of a plain scalar, by a rule that tests for it.
  private func value(_ scalar: String) throws -> String {
    let policy = try PolicyFile.read(
      """
      version: 1
      default: deny
      rules:
        - {id: a, effect: deny, when: {arguments: {/x: {equals: \(scalar)}}}}
      """)
    let json = String(decoding: policy.canonicalJSON, as: UTF8.self)
    return String(json.split(separator: #""equals":"#, maxSplits: 1)[1].prefix { $0 != "}" })
  }

  @Test(arguments: [
    ("null", "null"), ("true", "true"), ("false", "false"), ("5", "5"), ("-0.50", "-0.5"),
    ("1e3", "1000"),
    (#""5""#, #""5""#), ("'true'", #""true""#), ("\"null\"", #""null""#), ("text", #""text""#),
    ("2026-01-01", #""2026-01-01""#), ("2026-01-01T00:00:00Z", #""2026-01-01T00:00:00Z""#),
    ("1h", #""1h""#),
    ("10.0.0.1", #""10.0.0.1""#), ("1.2.3", #""1.2.3""#), ("e5", #""e5""#), ("0xg", #""0xg""#),
    ("y", #""y""#),
    ("a:b", #""a:b""#), ("-x", #""-x""#), ("'it''s'", #""it's""#), (#""\u00e9""#, #""é""#),
    ("R & D", #""R & D""#),
    ("1st", #""1st""#), ("12-34", #""12-34""#), ("1e5x", #""1e5x""#), ("=", #""=""#),
  ])
  func `scalars are what JSON has, and otherwise text`(scalar: String, expected: String) throws {
    #expect(try value(scalar) == expected)
  }

  @Test(arguments: [
    "yes", "No", "ON", "off", "True", "FALSE", "~", "Null", "NULL", "0x10", "-0x1F", "0o17", "0b11",
    "017", "00", "1_000",
    "+5", ".5", "5.", "-.5", "1:30", "190:20:30", ".inf", "-.INF", ".NaN", "1.e5", "1_0.5", "+.5e3",
    "09",
  ])
  func `what YAML's readers take for different things is refused`(scalar: String) throws {
    let error = #expect(throws: PolicyError.self) { try value(scalar) }
    #expect(
      error?.what.contains("to some readers") == true, "\(scalar): \(String(describing: error))")
    #expect(
      error?.line == 4
        && error?.column == "  - {id: a, effect: deny, when: {arguments: {/x: {equals: ".utf8.count
          + 1
    )
    #expect(throws: Never.self) { try value("'\(scalar)'") }
  }

  /// `^` stands before the place that the error names.
  @Test(arguments: [
    ("^", "the text is empty"), ("# nothing\n", "the text is empty"),
    ("version: 1\ndefault: deny\n^ruels: []", "did you mean 'rules'?"),
    ("version: 1\ndefault: ^permit", "not 'permit'"),
    (
      "version: 1\ndefault: deny\nrules:\n  - id: a\n    effect: deny\n  - id: ^a\n    effect: deny",
      "the id 'a' is repeated"
    ),
    (
      "version: 1\ndefault: deny\nrules:\n  - id: a\n    effect: deny\n    when:\n      arguments: {/é😀: {equals: x}, /y: {^grater: 5}}",
      "did you mean 'greater'?"
    ),
    ("version: 1\n^default: deny\ndefault: deny", "the key 'default' is repeated"),
    ("version: 1\ndefault: [deny\nrules: ]", "this is not YAML"),
    ("version: 1\ndefault: deny\n^\trules: []", "this is not YAML"),
    ("version: 1\ndefault: deny\n^---\nversion: 1", "a second one begins here"),
    ("version: 1\ndefault: ^&x deny\n", "anchors (&x)"),
    (
      "version: 1\ndefault: deny\nrules:\n  - ^&r {id: a, effect: deny}\n  - *r",
      "anchors and aliases (&r, *r)"
    ),
    (
      "version: 1\ndefault: deny\nrules: [{id: a, effect: deny, when: {tool: ^*search}}]",
      "a text that begins with * stands in quotes"
    ),
    ("version: 1\ndefault: ^!!str deny", "tags (tag:yaml.org,2002:str)"),
    ("version: ^!!int \"1\"\ndefault: deny", "tags (tag:yaml.org,2002:int)"),
    ("version: 1\ndefault: ^! deny", "tags"),
    ("version: 1\ndefault: deny\nrules: ^!!seq []", "tags"),
    ("version: 1\ndefault: deny\nrules: ^!x {}", "tags"),
    ("version: 1\ndefault: deny\n^<<: {rules: []}", "merge keys"),
    ("version: 1\ndefault: deny\n^5: x", "a key is a text, not a number"),
    ("version: 1\ndefault: deny\n^[a]: x", "a key is a text, not a list or a map"),
    ("version: 1\ndefault: deny # \u{202E}^", "U+202E"),
    ("version: 1\ndefault: deny # e^\u{1B}[2J", "U+001B"), ("^\u{FEFF}version: 1", "U+FEFF"),
    ("version: ^\u{FFFF}", "U+FFFF"),
    (
      "version: 1\ndefault: deny\nrules:\n- id: a\n  effect: deny\n  message: ^\"\\u202e\"",
      "hidden or direction-changing"
    ),
    (
      "version: 1\ndefault: deny\nrules: ^" + String(repeating: "[", count: 70)
        + String(repeating: "]", count: 70), "nesting deeper than 64"
    ),
  ])
  func `an error says what is wrong and where`(marked: String, words: String) throws {
    let text = marked.replacing("^", with: "")
    let error = try #require(#expect(throws: PolicyError.self) { try PolicyFile.read(text) })
    #expect(error.what.contains(words), "\(error)")
    #expect(!error.message.contains("\n"))
    let lines = marked.split(separator: "\n", omittingEmptySubsequences: false)
    guard let line = lines.firstIndex(where: { $0.unicodeScalars.contains("^") }) else { return }
    // What is deep is named where it is too deep, and what is hidden before it shows.
    guard !words.contains("nesting"), !words.contains("202E") else { return }
    #expect(error.line == line + 1, "\(error)")
    #expect(error.column == lines[line].unicodeScalars.prefix { $0 != "^" }.count + 1, "\(error)")
  }

  @Test func `what is not UTF-8 is refused where it is`() throws {
    let text = Array("version: 1\ndefault: é\u{FFFD}".utf8) + [0xFF] + Array("\n".utf8)
    let error = #expect(throws: PolicyError.self) { try PolicyFile.read(text) }
    #expect(error?.message == "line 2, column 12: the text is not UTF-8: save it as UTF-8")
  }

  @Test func `families of tools of several lines are named on one`() {
    for family in [#"f\nction"#, #"mcp\u2028"#] {
      let text = example.replacing("function:*", with: family + ":*")
      let error = #expect(throws: PolicyError.self) { try PolicyFile.read(text) }
      let scalars = error?.message.unicodeScalars
      #expect(scalars?.contains { "\n\t\u{2028}".unicodeScalars.contains($0) } == false, "\(text)")
    }
  }

  @Test func `comments may have pictures in them`() throws {
    let policy = try PolicyFile.read("version: 1 # \u{26A0}\u{FE0F} 👩\u{200D}🚀\ndefault: deny")
    #expect(policy.defaultEffect == .deny)
  }

  @Test func `whatever the text is, it is read or refused in words`() {
    var random = SeededGenerator()
    let pieces = Array("\n -:{}[]&*!|>'\"#%@`,?~\u{1}\t\r\\é\u{200B}0x".utf8)
    for _ in 0..<(isDebugBuild ? 3000 : 50_000) {
      var text = Array(example.utf8)
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let place = Int.random(in: 0..<text.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: text[place] = pieces.randomElement(using: &random)!
        case 1: text.insert(pieces.randomElement(using: &random)!, at: place)
        case 2: text.remove(at: place)
        default: text[place] = UInt8.random(in: .min ... .max, using: &random)
        }
      }
      do throws(PolicyError) { _ = try PolicyFile.read(text) } catch {
        #expect(error.line >= 1 && error.column >= 1 && !error.message.contains("\n"))
      }
    }
  }

  @Test func `aliases of aliases cost nothing`() {
    var text = "version: 1\ndefault: deny\na: &a0 [x, x]\n"
    for level in 1..<40 { text += "b\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    text += "? *a39\n: x\n? *a39\n: y\n"
    let error = #expect(throws: PolicyError.self) { try PolicyFile.read(text) }
    #expect(error?.line == 3 && error?.what.contains("anchors and aliases") == true)
  }

  @Test func `a megabyte of brackets is refused`() {
    for bracket in ["[", "{", "- ", "? "] {
      let text = String(repeating: bracket, count: (1 << 20) / bracket.utf8.count)
      #expect(throws: PolicyError.self) { try PolicyFile.read(text) }
    }
    #expect(throws: PolicyError.self) {
      try PolicyFile.read(String(repeating: " ", count: (1 << 20) + 1))
    }
  }
}
