import Testing

@testable import IntaglioHooks

@Suite struct PolicyExplanationTests {
  @Test func `every rule is explained down to its tests`() throws {
    let policy = try makePolicy(rules: [
      #"""
      {"id":"a","effect":"deny","when":{"tool":["pay","mcp:bank/*"],"tainted":false,"arguments":
        {"/amount":{"greater":100},"any":[{"/to":{"equals":"x","length":{"less":2}}},{"not":{"/note":{"exists":true}}}]}}}
      """#,
      #"{"id":"b","effect":"allow","when":{"agent":"x*"}}"#,
    ])
    let explanation = policy.explain(
      makeInput(#"{"amount":"5","to":"y"}"#, tool: ToolIdentity(name: "pay"), agent: "z"))
    let rule = explanation.rules[0]
    #expect(rule.applies && rule.truth == .errs("/amount is a text, not a number"))
    #expect(
      rule.conditions.map(\.text) == [
        "tool function:pay or mcp:bank/*", "tainted false", "arguments",
      ])
    #expect(rule.conditions.map(\.truth.expected) == [.yes, .yes, .error])
    let parts = rule.conditions[2].parts
    #expect(parts.map(\.text) == ["/amount greater 100", "any"])
    #expect(parts[1].parts.map(\.text) == ["/to", "not"])
    #expect(parts[1].parts[0].parts.map(\.text) == [#"/to equals "x""#, #"/to length {"less":2}"#])
    #expect(parts[1].parts[0].parts.map(\.truth) == [.fails, .holds])
    #expect(parts[1].parts[1].parts.map(\.text) == ["/note exists true"])
    #expect(parts[1].truth == .holds)
    #expect(
      !explanation.rules[1].applies && explanation.rules[1].conditions.map(\.text) == ["agent x*"])
    #expect(explanation.evaluation.effect == .deny)
  }

  @Test func `a long value is cut`() throws {
    let policy = try makePolicy(rules: [
      #"{"id":"a","effect":"deny","when":{"arguments":{"/a":{"equals":"\#(String(repeating: "é", count: 500))"}}}}"#
    ])
    let text = policy.explain(makeInput()).rules[0].conditions[0].parts[0].text
    #expect(text.unicodeScalars.count < 100 && text.hasSuffix("…"))
  }
}
