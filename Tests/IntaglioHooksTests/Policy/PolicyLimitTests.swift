import IntaglioFormat
import Testing

@testable import IntaglioHooks

@Suite struct PolicyLimitTests {
  private func policy() throws -> Policy {
    try makePolicy(
      #"""
      "limits":[
        {"id":"all","per":"run","most":50},
        {"id":"refunds","tool":"refund","per":"mission","sum":"/amount","most":500.5,"on_deny":"abort","message":"m","reason":"r"},
        {"id":"bank","tool":["mcp:bank/*"],"per":"log","most":0}
      ]
      """#)
  }

  private func amounts(_ input: PolicyInput) throws -> [String] {
    try policy().limits(for: input).map { limit, amount in
      switch amount {
      case .count(let count): "\(limit.id) \(count)"
      case .errs(let reason): "\(limit.id): \(reason)"
      }
    }
  }

  @Test func `a call takes one, or what its argument says, of each limit on its tool`() throws {
    let refund = ToolIdentity(name: "refund")
    #expect(try amounts(makeInput()) == ["all 1"])
    #expect(
      try amounts(makeInput(tool: ToolIdentity(.mcp, server: "bank", name: "x"))) == [
        "all 1", "bank 1",
      ])
    #expect(
      try amounts(makeInput(#"{"amount":12.50}"#, tool: refund)) == ["all 1", "refunds 12.5"])
    #expect(try amounts(makeInput(#"{"amount":0}"#, tool: refund)) == ["all 1", "refunds 0"])
  }

  @Test(arguments: [
    (#"{}"#, "missing"), (#"{"amount":"5"}"#, "is a text, not a number"),
    (#"{"amount":-5}"#, "negative"),
    (#"{"amount":1e-10}"#, "9 digits"), (#"{"amount":1e100}"#, "too large"),
    ("", "missing"), ("{", "cannot be read"),
  ])
  func `an amount that cannot be told errs, so that nothing is counted as nothing`(
    arguments: String, words: String
  ) throws {
    let amounts = try amounts(makeInput(arguments, tool: ToolIdentity(name: "refund")))
    #expect(amounts.count == 2 && amounts[1].contains(words), "\(amounts)")
  }

  @Test func `a name that hides something errs under a limit on a tool of its family`() throws {
    let amounts = try amounts(makeInput(tool: ToolIdentity(name: "re\u{200B}fund")))
    #expect(amounts.count == 2 && amounts[1].hasPrefix("refunds: the tool's name "))
  }

  @Test func `a limit says what it was written to say`() throws {
    let limits = try policy().limits
    #expect(limits.map(\.scope) == [.run, .mission, .log])
    #expect(limits.map(\.most.description) == ["50", "500.5", "0"])
    #expect(limits[1].onDeny == .abort && limits[1].message == "m" && limits[1].reason == "r")
  }

  @Test func `redactions are those for the tool, and those that cannot tell`() throws {
    let policy = try makePolicy(
      #""redact":[{"id":"cards","pattern":"credit_card"},{"id":"pins","tool":"pay","at":"/pin"},{"id":"keys","tool":"mcp:*/*","pattern":"api_key"}]"#
    )
    func ids(_ tool: ToolIdentity) -> [String] { policy.redactions(for: tool).map(\.id) }
    #expect(ids(ToolIdentity(name: "pay")) == ["cards", "pins"])
    #expect(ids(ToolIdentity(name: "other")) == ["cards"])
    #expect(ids(ToolIdentity(name: "pa\u{200B}y")) == ["cards", "pins"])
    #expect(ids(ToolIdentity(.mcp, server: "s", name: "x")) == ["cards", "keys"])
  }
}
