import Testing

@testable import IntaglioHooks

/// What rules decide together.
@Suite struct PolicyEffectTests {
  /// A rule that holds, fails or errs for the arguments `{"t":1}`.
  private func rule(
    _ id: String, _ effect: Effect?, _ truth: Expected, observed: Bool = false, _ more: String = ""
  ) -> String {
    let condition = [
      Expected.yes: #"{"/t":{"equals":1}}"#, .no: #"{"/t":{"equals":2}}"#,
      .error: #"{"/t":{"equals":"1"}}"#,
    ][truth]!
    let effectText = effect.map { #","effect":"\#($0.rawValue)""# } ?? #","checkpoint":"before""#
    return
      #"{"id":"\#(id)","when":{"arguments":\#(condition)}\#(effectText)\#(observed ? #","observe":true"# : "")\#(more)}"#
  }

  @Test func `of every combination the strictest that applies wins, and only then the default`()
    throws
  {
    struct Choice { let effect: Effect?, truth: Expected, isObserved: Bool }
    let choices: [Choice] = [Effect.allow, .review, .deny, nil].flatMap { effect in
      [Expected.yes, .no, .error].flatMap { truth in
        [false, true].map { Choice(effect: effect, truth: truth, isObserved: $0) }
      }
    }
    for defaultEffect in Effect.allCases {
      for first in choices {
        for second in choices {
          let both = [first, second]
          let policy = try makePolicy(
            default: defaultEffect.rawValue,
            rules: both.enumerated().map { index, choice in
              rule("r\(index)", choice.effect, choice.truth, observed: choice.isObserved)
            })
          let evaluation = policy.evaluate(makeInput(#"{"t":1}"#))
          let applies = both.map { $0.truth == .yes || $0.truth == .error && $0.effect != .allow }
          let effects = zip(both, applies).filter { $1 && !$0.isObserved }.compactMap(\.0.effect)
          let expected: Effect =
            effects.contains(.deny)
            ? .deny
            : effects.contains(.review)
              ? .review : effects.contains(.allow) ? .allow : defaultEffect
          #expect(evaluation.effect == expected)
          #expect(evaluation.usedDefault == effects.isEmpty)
          #expect(
            evaluation.applied.map(\.id)
              == applies.enumerated().filter(\.element).map { "r\($0.offset)" })
          #expect((evaluation.review != nil) == (expected == .review))
          #expect(
            evaluation.checkpointsBefore
              == zip(both, applies).contains { $1 && $0.effect == nil && !$0.isObserved })
        }
      }
    }
  }

  @Test func `an observed rule is reported and enforces nothing`() throws {
    let policy = try makePolicy(rules: [
      #"{"id":"o","effect":"deny","observe":true,"on_deny":"abort","checkpoint":"before","reads":"untrusted","effect_class":"irreversible","message":"m","reason":"r"}"#
    ])
    let evaluation = policy.evaluate(makeInput())
    #expect(evaluation.effect == .allow && evaluation.usedDefault)
    #expect(evaluation.applied.map(\.isObserved) == [true])
    #expect(
      evaluation.onDeny == .refuse && evaluation.messages.isEmpty && evaluation.reasons.isEmpty)
    #expect(!evaluation.checkpointsBefore && !evaluation.readsUntrusted)
    #expect(evaluation.effectClass == .unknown)
  }

  @Test func `no text at all is no arguments`() throws {
    let policy = try makePolicy(rules: [
      #"{"id":"a","effect":"allow","when":{"tool":"t"}}"#,
      #"{"id":"b","effect":"deny","when":{"tool":"t","arguments":{"/amount":{"greater":5}}}}"#,
    ])
    let (empty, object) = (policy.evaluate(makeInput("")), policy.evaluate(makeInput("{}")))
    #expect(empty.invalidArguments == nil && empty.effect == object.effect)
    // What is asked of a place errs where there is none, also here.
    #expect(empty.applied == object.applied)
  }

  @Test(arguments: [" ", "{", #"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#, #"{"a":NaN}"#, "{} x"])
  func `arguments that cannot be read are denied whatever the rules say`(text: String) throws {
    let policy = try makePolicy(rules: [#"{"id":"a","effect":"allow"}"#])
    let evaluation = policy.evaluate(makeInput(text))
    #expect(evaluation.effect == .deny && !evaluation.usedDefault)
    #expect(evaluation.invalidArguments?.hasPrefix("the arguments cannot be read: ") == true)
    #expect(policy.evaluate(makeInput("{}")).invalidArguments == nil)
  }

  @Test func `messages and reasons are those of the rules that decided, in order`() throws {
    let policy = try makePolicy(rules: [
      rule("a", .allow, .yes, #","message":"no""#),
      rule("b", .deny, .yes, #","message":"one","reason":"p""#),
      rule("c", .review, .yes, #","message":"no""#), rule("d", .deny, .error, #","message":"two""#),
      rule("e", .deny, .no, #","message":"no""#),
    ])
    let evaluation = policy.evaluate(makeInput(#"{"t":1}"#))
    #expect(evaluation.messages == ["one", "two"] && evaluation.reasons == ["p"])
    #expect(evaluation.applied.map(\.truth.expected) == [.yes, .yes, .yes, .error])
  }

  @Test func `one rule that says abort aborts`() throws {
    let abort = #","on_deny":"abort""#
    for (rules, expected) in [
      ([rule("a", .deny, .yes), rule("b", .deny, .yes, abort)], OnDeny.abort),
      ([rule("a", .deny, .yes), rule("b", .deny, .no, abort)], .refuse),
      ([rule("a", .deny, .yes), rule("b", .deny, .yes, observed: true, abort)], .refuse),
      ([rule("a", .review, .error, abort)], .abort),
    ] {
      let policy = try makePolicy(rules: rules)
      #expect(policy.evaluate(makeInput(#"{"t":1}"#)).onDeny == expected)
    }
  }

  @Test func `the gravest effect class counts, and none is taken only where it is sure`() throws {
    func effectClass(_ rules: (String, Expected)...) throws -> EffectClass {
      let texts = rules.enumerated().map { index, rule in
        self.rule("r\(index)", nil, rule.1, #","effect_class":"\#(rule.0)""#)
      }
      return try makePolicy(rules: texts).evaluate(makeInput(#"{"t":1}"#)).effectClass
    }
    #expect(try effectClass() == .unknown)
    #expect(try effectClass(("none", .yes)) == .none)
    #expect(try effectClass(("none", .error)) == .unknown)
    #expect(try effectClass(("none", .yes), ("unknown", .error)) == .unknown)
    #expect(try effectClass(("none", .yes), ("irreversible", .error)) == .irreversible)
    #expect(try effectClass(("irreversible", .no), ("none", .yes)) == .none)
  }

  @Test func `review terms are as strict as all rules that ask`() throws {
    let keys = (0..<4).map { ApproverKey.text([UInt8](repeating: UInt8($0), count: 32)) }
    let approvers = #""approvers":{"a":"\#(keys[0])","b":"\#(keys[1])","c":"\#(keys[2])"}"#
    func terms(_ reviews: String...) throws -> Evaluation {
      let rules = reviews.enumerated().map { index, review in
        #"{"id":"r\#(index)","effect":"review","review":\#(review)}"#
      }
      return try makePolicy(rules: rules, approvers).evaluate(makeInput())
    }
    #expect(try terms("{}").review == ReviewTerms())
    #expect(
      try terms(#"{"expires":"2h","quorum":2}"#, #"{"expires":"90m","mode":"pause"}"#).review
        == ReviewTerms(quorum: 2, expirySeconds: 5400, mode: .pause))
    #expect(
      try terms(#"{"approvers":["a","b"]}"#, #"{"approvers":["c","b"]}"#, "{}").review
        == ReviewTerms(approvers: ["b"]))
    #expect(try terms(#"{}"#, #"{"approvers":"c"}"#).review == ReviewTerms(approvers: ["c"]))
    for impossible in [
      try terms(#"{"approvers":["a"]}"#, #"{"approvers":["b"]}"#),
      try terms(#"{"approvers":["a","b"],"quorum":2}"#, #"{"approvers":["b","c"]}"#),
      try terms(#"{"approvers":["a"]}"#, #"{"approvers":["b"]}"#, #"{"approvers":["a"]}"#),
    ] {
      #expect(
        impossible.effect == .deny && impossible.hasImpossibleReview && impossible.review == nil)
    }
  }

  @Test func `conditions on tool, agent and taint hold together`() throws {
    let policy = try makePolicy(rules: [
      #"{"id":"r","effect":"deny","when":{"tool":["pay*","mcp:bank/*","handoff:*"],"agent":["air*","b?"],"tainted":true}}"#
    ])
    func applies(_ tool: ToolIdentity, _ agent: String, _ tainted: Bool = true) -> Bool {
      policy.evaluate(makeInput(tool: tool, agent: agent, tainted: tainted)).effect == .deny
    }
    let pay = ToolIdentity(name: "pay_out")
    #expect(applies(pay, "airline") && applies(pay, "bx"))
    #expect(!applies(pay, "b") && !applies(pay, "fair") && !applies(pay, "airline", false))
    #expect(applies(ToolIdentity(.mcp, server: "bank", name: "pay"), "airline"))
    #expect(!applies(ToolIdentity(.mcp, server: "blank", name: "pay"), "airline"))
    #expect(!applies(ToolIdentity(.agent, name: "pay_out"), "airline"))
    #expect(applies(ToolIdentity(.handoff, name: "x"), "airline"))
    // Names that hide something are not matched, and not let through either.
    #expect(applies(ToolIdentity(name: "p\u{200B}ay"), "airline"))
    #expect(applies(pay, "\u{202E}airline"))
    #expect(!applies(ToolIdentity(.hosted, name: "\u{200B}"), "airline"))
  }

  @Test func `every tool is meant where none is named, and by the pattern for all`() throws {
    for when in ["{}", #"{"tool":"*:*"}"#] {
      let policy = try makePolicy(rules: [#"{"id":"r","effect":"deny","when":\#(when)}"#])
      for family in ToolIdentity.Family.allCases {
        let tool = ToolIdentity(family, server: family == .mcp ? "s" : "", name: "\u{200B}")
        #expect(policy.evaluate(makeInput(tool: tool)).effect == .deny)
      }
    }
  }
}
