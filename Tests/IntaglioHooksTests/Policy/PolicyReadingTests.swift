import IntaglioFormat
import Testing

@testable import IntaglioHooks

/// What is refused when a policy is read, and where.
@Suite struct PolicyReadingTests {
  private static let key = ApproverKey.text(Array(0..<32))
  private static let otherKey = ApproverKey.text(Array(1..<33))

  /// The error of a text in which `^` stands before the place that it should name, if any does.
  private func expectError(
    _ marked: String, _ words: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let lines = marked.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
    let line = lines.firstIndex { $0.contains("^") }
    let column = line.map { lines[$0].prefix { $0 != "^" }.count + 1 }
    let text = marked.replacing("^", with: "")
    do {
      _ = try Policy(json: Array(text.utf8))
      Issue.record("\(text) was read", sourceLocation: sourceLocation)
    } catch {
      #expect(error.what.contains(words), "\(text): \(error)", sourceLocation: sourceLocation)
      #expect(!error.message.contains("\n"), sourceLocation: sourceLocation)
      if let line, let column {
        #expect(
          error.line == line + 1 && error.column == column, "\(text): \(error)",
          sourceLocation: sourceLocation)
      }
    }
  }

  /// The error of a rule.
  private func expectRuleError(
    _ rule: String, _ words: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let approvers = #""approvers":{"a":"\#(Self.key)","b":"\#(Self.otherKey)"}"#
    expectError(
      #"{"version":1,"default":"deny",\#(approvers),"rules":[\#(rule)]}"#, words,
      sourceLocation: sourceLocation)
  }

  /// The error of what stands in `arguments`.
  private func expectPredicateError(
    _ predicate: String, _ words: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    expectRuleError(
      #"{"id":"r","effect":"deny","when":{"arguments":\#(predicate)}}"#, words,
      sourceLocation: sourceLocation)
  }

  @Test func `the whole text is JSON with version and default`() {
    expectError("^", "this is not JSON: a value is missing")
    expectError("{\n  \"version\": 1,\n  ^nope}", "a member's name is missing")
    expectError("^[]", "a policy is a map, not a list")
    expectError("^{}", "has no 'version': begin with version: 1")
    expectError(#"^{"version":1}"#, "has no 'default': say what holds where no rule applies")
    expectError(#"{"version":^"1","default":"deny"}"#, "'version' is a number, not a text")
    expectError(
      #"{"version":^2,"default":"deny","news":1}"#, "version 2 of policies is not supported")
    expectError(
      #"{"version":1,"default":^"permit"}"#, "'default' is allow, review, deny, not 'permit'")
    expectError(
      #"{"version":1,"default":"deny","default":"deny"}"#, "the name \"default\" is repeated")
    expectError(
      #"{"version":1,"default":"deny",^"ruels":[]}"#, "no key 'ruels'; did you mean 'rules'?")
    expectError(
      #"{"version":1,"default":"deny",^"xyzzy":[]}"#, "known are version, default, limits")
    expectError(#"{"version":1,"default":"deny","rules":^{}}"#, "'rules' is a list, not a map")
  }

  @Test func `places are lines and columns in scalars`() {
    expectError(
      "{\n\"version\": 1, \"default\": \"deny\",\r\n  \"é😀\": ^\"e\u{301}\"}",
      "not in Unicode's form NFC")
    expectError(
      "{\"version\": 1, \"default\": \"a\\\"b\\\\\", \n\n ^\"ö\\n\\u00e9x\" : 1}", "no key 'ö éx'")
    expectError(
      #"{"version":1,"default":"deny","rules":[{"id":"a","effect":"deny"},{"id":^"a","effect":"deny"}]}"#,
      "the id 'a' is repeated")
  }

  @Test func `rules are checked key by key`() {
    expectRuleError(#"^{"effect":"deny"}"#, "a rule has no 'id'")
    expectRuleError(#"{"id":^"a b","effect":"deny"}"#, "'id' has 1 to 64 of the characters")
    expectRuleError(#"{"id":^"\#(String(repeating: "x", count: 65))","effect":"deny"}"#, "1 to 64")
    expectRuleError(#"{"id":^"","effect":"deny"}"#, "1 to 64")
    expectRuleError(
      #"{"id":^5,"effect":"deny"}"#, "'id' is a text, not a number; in quotes it is one")
    expectRuleError(#"^{"id":"a"}"#, "the rule 'a' does nothing")
    expectRuleError(
      #"{"id":"a","effect":^"block"}"#, "'effect' is allow, review, deny, not 'block'")
    expectRuleError(#"{"id":"a","efect":"deny"}"#, "did you mean 'effect'?")
    expectRuleError(
      #"{"id":"a","effect":"allow","on_deny":^"abort"}"#, "says nothing without effect")
    expectRuleError(#"{"id":"a","effect":"deny","on_deny":^"stop"}"#, "refuse, abort")
    expectRuleError(
      #"{"id":"a","effect":"deny","review":^{}}"#, "says nothing without effect: review")
    expectRuleError(#"{"id":"a","checkpoint":^"after"}"#, "'checkpoint' is before, not 'after'")
    expectRuleError(#"{"id":"a","effect_class":^"reversible"}"#, "none, unknown, irreversible")
    expectRuleError(#"{"id":"a","reads":^true}"#, "'reads' is a text, not a truth value")
    expectRuleError(#"{"id":"a","effect":"deny","observe":^"true"}"#, "true or false, not a text")
    expectRuleError(
      #"{"id":"a","effect":"deny","message":^["x"]}"#, "'message' is a text, not a list")
    expectRuleError(
      #"{"id":"a","effect":"deny","message":^"x\u202e"}"#, "hidden or direction-changing")
    expectRuleError(#"{"id":"a","effect":"deny","when":{"tools":"x"}}"#, "did you mean 'tool'?")
    expectRuleError(
      #"{"id":"a","effect":"deny","when":{"tainted":^1}}"#, "true or false, not a number")
    expectRuleError(#"{"id":"a","effect":"deny","when":^[]}"#, "'when' is a map, not a list")
  }

  @Test func `tools and agents are patterns that can match`() {
    for (pattern, words) in [
      ("function:", "there is no name after function:"), ("mcp:", "there is no name after mcp:"),
      ("mcp:x", "mcp:SERVER/NAME"), ("mcp:/x", "mcp:SERVER/NAME"), ("mcp:x/", "mcp:SERVER/NAME"),
      ("fuction:x", "did you mean 'function'?"), ("*:x", "only *:* names every family"),
      ("", "an empty pattern"),
      (":x", "is no family"), (#"a\\"#, "ends with a backslash"),
    ] {
      expectRuleError(
        #"{"id":"a","effect":"deny","when":{"tool":["ok",^"\#(pattern)"]}}"#, words)
    }
    expectRuleError(
      #"{"id":"a","effect":"deny","when":{"tool":^[]}}"#, "is empty, so nothing matches it")
    expectRuleError(
      #"{"id":"a","effect":"deny","when":{"agent":^[]}}"#, "is empty, so nothing matches it")
    expectRuleError(#"{"id":"a","effect":"deny","when":{"agent":^""}}"#, "an empty pattern")
    expectRuleError(
      #"{"id":"a","effect":"deny","when":{"agent":^"\#(String(repeating: "x", count: 1025))"}}"#,
      "more than 1024 bytes")
  }

  @Test func `review terms can be met`() {
    func expectReviewError(_ review: String, _ words: String) {
      expectRuleError(#"{"id":"a","effect":"review","review":\#(review)}"#, words)
    }
    expectReviewError(#"{"approvers":[^"c"]}"#, "there is no approver 'c' with a key; did you mean")
    expectReviewError(#"{"approvers":["a",^"a"]}"#, "'a' is repeated")
    expectReviewError(#"{"approvers":^[]}"#, "is empty")
    expectReviewError(#"{"approvers":["a"],"quorum":^2}"#, "a quorum of 2 is never reached by 1")
    expectReviewError(#"{"quorum":^3}"#, "a quorum of 3 is never reached by 2")
    expectReviewError(#"{"quorum":^0}"#, "a whole number from 1")
    expectReviewError(#"{"quorum":^1.5}"#, "a whole number from 1")
    expectReviewError(#"{"mode":^"block"}"#, "wait, pause")
    for expires in [
      #""1""#, #""0s""#, #""-1h""#, #""1w""#, #""1.5h""#, #""01h""#, #""h""#, "60", #""4000d""#,
      #""99999999999999999999s""#, #""""#,
    ] {
      expectReviewError(#"{"expires":^\#(expires)}"#, "such as 30s, 5m, 1h or 2d")
    }
    expectError(
      #"{"version":1,"default":"deny","rules":[{"id":"a","effect":"review","review":{"quorum":^2}}]}"#,
      "a quorum over 1 needs approvers with keys")
    expectError(
      #"{"version":1,"default":"deny","rules":[{"id":"a","effect":"review","review":{"approvers":^"x"}}]}"#,
      "the policy has no 'approvers'")
  }

  @Test func `approvers have one Ed25519 key each`() {
    func expectKeyError(_ approvers: String, _ words: String) {
      expectError(#"{"version":1,"default":"deny","approvers":\#(approvers)}"#, words)
    }
    let base = String(Self.key.dropFirst(8))
    for key in [
      base, "ed25519:", "ed25519:AAAA", "ed25519:" + base.dropLast(), "rsa:" + base,
      "ed25519:" + base + "=", "ed25519:" + base.dropLast(2) + "9=", "ed25519: " + base,
    ] {
      expectKeyError(#"{"a":^"\#(key)"}"#, "ed25519: and its 32 bytes in base64")
    }
    expectKeyError(#"{"a":"\#(Self.key)","b":^"\#(Self.key)"}"#, "'b' has the key of 'a'")
    expectKeyError(#"{^"a b":"\#(Self.key)"}"#, "an approver's name")
    expectKeyError(#"^[]"#, "'approvers' is a map")
  }

  @Test func `limits and redactions say what they need`() {
    func expectLimitError(_ limit: String, _ words: String) {
      expectError(#"{"version":1,"default":"deny","limits":[\#(limit)]}"#, words)
    }
    expectLimitError(#"^{"id":"a","per":"run"}"#, "has no 'most'")
    expectLimitError(#"^{"id":"a","most":1}"#, "has no 'per'")
    expectLimitError(#"{"id":"a","per":^"day","most":1}"#, "run, mission, agent, log, not 'day'")
    expectLimitError(#"{"id":"a","per":"run","most":^1.5}"#, "a whole number")
    expectLimitError(#"{"id":"a","per":"run","most":^-1}"#, "0 or more")
    expectLimitError(
      #"{"id":"a","per":"run","sum":"/x","most":^1e-10}"#, "9 digits after the point")
    expectLimitError(#"{"id":"a","per":"run","most":^1e40}"#, "10^29")
    expectLimitError(#"{"id":"a","per":"run","sum":^"x","most":1}"#, "empty or begins with /")
    expectLimitError(#"{"id":"a","per":"run","most":^"5"}"#, "'most' is a number, not a text")
    expectLimitError(
      #"{"id":"a","per":"run","most":1},{"id":^"a","per":"run","most":1}"#, "'a' is repeated")
    func expectRedactionError(_ redaction: String, _ words: String) {
      expectError(#"{"version":1,"default":"deny","redact":[\#(redaction)]}"#, words)
    }
    expectRedactionError(#"^{"id":"a"}"#, "neither 'pattern' nor 'at'")
    expectRedactionError(#"{"id":"a","pattern":"email","at":^"/x"}"#, "not both")
    expectRedactionError(#"{"id":"a","pattern":^"ssn"}"#, "credit_card, email, api_key")
    expectRedactionError(#"{"id":"a","at":^"x"}"#, "empty or begins with /")
  }

  @Test func `predicates are read strictly`() {
    expectPredicateError(#"{^"amount":{"equals":1}}"#, "a place begins with /, as in /amount")
    expectPredicateError(
      #"{^"greater":1}"#, "tests stand under a place, as in {/amount: {greater: …}}")
    expectPredicateError(#"{"/a":^5}"#, "under /a stand tests")
    expectPredicateError(#"{"/a":{^"equal":1}}"#, "did you mean 'equals'?")
    expectPredicateError(#"{"/a":{^"regex":"x"}}"#, "known are command, contains")
    expectPredicateError(#"{^"/a~":{"equals":1}}"#, "~ is written ~0")
    expectPredicateError(#"{^"/a~2":{"equals":1}}"#, "~ is written ~0")
    expectPredicateError(#"{"/a":{"greater":^"5"}}"#, "'greater' is a number, not a text")
    expectPredicateError(#"{"/a":{"in":^"x"}}"#, "'in' is a list, not a text")
    expectPredicateError(#"{"/a":{"exists":^1}}"#, "true or false")
    expectPredicateError(#"{"/a":{"length":^5}}"#, "'length' is a map")
    expectPredicateError(#"{"/a":{"length":{"less":^-1}}}"#, "a whole number from 0")
    expectPredicateError(#"{"/a":{"length":{"less":^1.5}}}"#, "a whole number from 0")
    expectPredicateError(#"{"/a":{"length":^{}}}"#, "is empty")
    expectPredicateError(#"{"/a":{"url":^{}}}"#, "neither 'scheme' nor 'host'")
    expectPredicateError(
      #"{"/a":{"url":{"host":^"http://x"}}}"#, "characters that hosts do not have")
    expectPredicateError(#"{"/a":{"url":{"host":^"a.*.b"}}}"#, "characters that hosts do not have")
    expectPredicateError(#"{"/a":{"url":{"host":^"*.1"}}}"#, "is a number in another form")
    expectPredicateError(#"{"/a":{"url":{"host":^"x."}}}"#, "ends with a dot")
    expectPredicateError(#"{"/a":{"url":{"scheme":^"https:"}}}"#, "a scheme is written https")
    expectPredicateError(#"{"/a":{"path":{"within":^"srv"}}}"#, "is not absolute")
    expectPredicateError(#"{"/a":{"path":{"within":^"/srv/.."}}}"#, "has a component ..")
    expectPredicateError(#"{"/a":{"path":^{}}}"#, "has no 'within'")
    expectPredicateError(#"{"/a":{"command":[^5]}}"#, "is a text or a list of texts")
    expectPredicateError(#"{"/a":{"command":[["ls",^5]]}}"#, "a word of a command is a text")
    expectPredicateError(#"{"/a":{"equals":^12345678901234567890}}"#, "write 15 digits at most")
    expectPredicateError(
      #"{"/a":{"equals":^0.10000000000000000001}}"#, "write 15 digits at most")
    expectPredicateError(#"{"/a":{"equals":^1e400}}"#, "number")
    expectPredicateError(#"{"/a":{"equals":^"e\u0301"}}"#, "is not in Unicode's form NFC")
    expectPredicateError(#"{"/a":{"equals":{^"a\u200b":1}}}"#, "hidden")
  }

  @Test func `what can never hold is refused`() {
    expectPredicateError(#"^{}"#, "is empty and says nothing")
    expectPredicateError(#"{"any":^[]}"#, "it can never hold")
    expectPredicateError(#"{"all":^[]}"#, "it says nothing")
    expectPredicateError(#"{"not":^{}}"#, "is empty and says nothing")
    expectPredicateError(#"{"/a":^{}}"#, "there is no test under /a")
    expectPredicateError(#"{"/a":{"in":^[]}}"#, "it can never hold")
    expectPredicateError(#"{"/a":{"command":^[]}}"#, "it can never hold")
    expectPredicateError(#"{"/a":{"path":{"within":^[]}}}"#, "nothing matches it")
    for tests in [
      #"{"exists":false,"equals":1}"#, #"{"greater":5,"less":5}"#,
      #"{"greater":5,"less_or_equal":5}"#,
      #"{"greater_or_equal":6,"less_or_equal":5}"#, #"{"equals":3,"greater":5}"#,
      #"{"equals":"x","greater":5}"#,
      #"{"starts_with":"x","less":5}"#, #"{"in":[1,2],"greater":2}"#,
      #"{"in":["a"],"starts_with":"b"}"#,
      #"{"equals":"http://x","url":{"scheme":"https"}}"#,
      #"{"equals":[1],"every":{"":{"greater":1}}}"#,
      #"{"every":{"":{"equals":1}},"glob":"*"}"#, #"{"equals":"","length":{"greater":0}}"#,
    ] {
      expectPredicateError(#"{"/a":^\#(tests)}"#, "the tests of /a can never hold: ")
    }
    expectPredicateError(#"{"/a":^{"length":{"greater":3,"less":4}}}"#, "there is no such length")
    expectPredicateError(#"{"/a":^{"length":{"less":0}}}"#, "there is no such length")
    expectPredicateError(
      #"^{"/a":{"greater":5},"all":[{"/a":{"less":3}}]}"#,
      "can never hold: of /a, no number is greater 5 and less 3")
    expectPredicateError(
      #"^{"all":[{"/a":{"equals":5}},{"/a":{"equals":6}}]}"#, "can never hold: of /a")
    expectPredicateError(
      #"^{"/a":{"exists":false},"all":[{"/a":{"exists":true}}]}"#,
      "what does not exist passes no other test")
    // What can hold is read.
    for predicate in [
      #"{"/a":{"greater_or_equal":5,"less_or_equal":5}}"#, #"{"/a":{"in":[1,2],"greater":1}}"#,
      #"{"/a":{"contains":"x","glob":"*"}}"#, #"{"any":[{"/a":{"less":3}},{"/a":{"greater":5}}]}"#,
      #"{"/a":{"exists":false}}"#, #"{"/a":{"exists":true,"equals":null}}"#,
    ] {
      #expect(throws: Never.self) { try truth(predicate, of: "{}") }
    }
  }

  @Test func `many tests of one place are read in no time`() throws {
    for test in [#"{"greater":1}"#, #"{"equals":1}"#, #"{"in":[1,2,3]}"#] {
      let predicates = Array(repeating: #"{"/a":\#(test)}"#, count: 20_000).joined(separator: ",")
      #expect(throws: Never.self) { try truth(#"{"all":[\#(predicates)]}"#, of: "{}") }
    }
  }

  @Test func `sizes are limited`() throws {
    let rules = (0...10_000).map { #"{"id":"\#($0)","effect":"deny"}"# }
    #expect(throws: Never.self) { try makePolicy(rules: Array(rules.dropLast())) }
    expectError(
      #"{"version":1,"default":"deny","rules":^[\#(rules.joined(separator: ","))]}"#,
      "at most 10000 are read")
    let space = String(repeating: " ", count: 1 << 20)
    expectError(#"{"version":1,"default":"deny"}"# + space, "at most 1048576 are read")
    let deep =
      String(repeating: #"{"not":"#, count: 70) + #"{"/a":{"equals":1}}"#
      + String(repeating: "}", count: 70)
    expectPredicateError(deep, "nesting deeper than 64")
    let fits =
      String(repeating: #"{"not":"#, count: 55) + #"{"/a":{"equals":1}}"#
      + String(repeating: "}", count: 55)
    #expect(try truth(fits, of: #"{"a":2}"#) == .holds)
  }

  @Test func `a policy is written with its defaults left out, and its digest is over that`() throws
  {
    let text = #"""
      {"rules": [{"reason": "r", "id": "x", "observe": false, "on_deny": "refuse", "when": {"tool": ["function:a"],
        "arguments": {"/b": {"less": 2.50, "exists": true}, "/a": {"path": {"within": ["/srv//./x/"]}}}}, "effect": "review",
        "review": {"quorum": 1, "mode": "wait", "expires": "1h"}}, {"id": "y", "when": null, "effect": "deny"}],
       "limits": [], "redact": [], "approvers": {}, "default": "deny", "version": 1.0}
      """#
    let policy = try Policy(json: Array(text.utf8))
    let canonical =
      #"{"default":"deny","rules":[{"effect":"review","id":"x","reason":"r","review":{"expires":"3600s"},"#
      + #""when":{"arguments":{"/a":{"path":{"within":"/srv/x"}},"/b":{"exists":true,"less":2.5}},"tool":"function:a"}},"#
      + #"{"effect":"deny","id":"y"}],"version":1}"#
    #expect(String(decoding: policy.canonicalJSON, as: UTF8.self) == canonical)
    #expect(policy.digest == SHA256.hash(Array(("intaglio/v1 policy\n" + canonical).utf8)))
    #expect(try Policy(json: policy.canonicalJSON) == policy)
    #expect(try makePolicy(default: "deny").digest != makePolicy(default: "allow").digest)
  }

  @Test func `everything that a policy can say is written and read again`() throws {
    let text = #"""
      {"version":1,"default":"review",
       "limits":[{"id":"l","tool":["a","mcp:s/*"],"per":"agent","sum":"/x","most":0.5,"on_deny":"abort","message":"m","reason":"r"}],
       "redact":[{"id":"p","tool":"a","pattern":"api_key"},{"id":"q","at":""}],
       "approvers":{"z@x.org":"\#(Self.key)","b":"\#(Self.otherKey)"},
       "rules":[{"id":"r","when":{"tool":"*:*","agent":["x","y*"],"tainted":false,"arguments":{
         "":{"length":{"less":5,"equals":1,"greater":0,"less_or_equal":4,"greater_or_equal":1}},
         "/a":{"equals":{"x":[null,true,-1.5e-7,"t"]}},"/b":{"in":[1,"x"]},"/c":{"contains":"x","starts_with":"y","glob":"*\\*?"},
         "/d":{"every":{"":{"greater":1,"less":5}}},"/e":{"some":{"/x":{"greater_or_equal":1,"less_or_equal":2}}},
         "/f":{"url":{"scheme":"https","host":["a.example","*.b.example"]}},"/g":{"path":{"within":["/a","/b"]}},
         "/h":{"command":["x",["y","z"]]},"/i":{"exists":false},"any":[{"/a~1b":{"exists":true}},{"not":{"/z":{"exists":true}}}]}},
         "effect":"review","on_deny":"abort","review":{"approvers":["z@x.org","b"],"quorum":2,"expires":"2d","mode":"pause"},
         "checkpoint":"before","effect_class":"irreversible","reads":"untrusted","observe":true,"message":"m","reason":"é\n"}]}
      """#
    let policy = try Policy(json: Array(text.utf8))
    let again = try Policy(json: policy.canonicalJSON)
    #expect(again == policy)
    #expect(
      policy.approvers.map(\.name) == ["b", "z@x.org"] && policy.approvers[1].key == Array(0..<32))
    #expect(
      policy.rules[0].review
        == ReviewTerms(
          approvers: ["b", "z@x.org"], quorum: 2, expirySeconds: 172_800, mode: .pause))
  }
}
