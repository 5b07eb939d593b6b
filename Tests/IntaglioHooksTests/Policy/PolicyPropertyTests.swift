import IntaglioFormat
import IntaglioTestSupport
import Testing

@testable import IntaglioHooks

/// What holds of all policies and calls, on random ones.
@Suite struct PolicyPropertyTests {
  private static let inputCount = 40
  private static let policyCount = isDebugBuild ? 500 : 2500

  /// Random policies that can be read: those that say themselves that they never apply are left out.
  private func forEachPolicy(
    ruleCount: Int, count: Int = policyCount, test: String = #function,
    _ body: (Policy, JSON, inout RandomPolicies) throws -> Void
  ) throws {
    var random = RandomPolicies(SeededGenerator(for: test))
    var (read, refused) = (0, 0)
    while read < count, refused < count * 20 {
      let json = random.policy(ruleCount: ruleCount)
      let policy: Policy
      do { policy = try Policy(json: json.written) } catch {
        #expect(error.what.contains("can never hold"), "\(error)")
        refused += 1
        continue
      }
      read += 1
      try body(policy, json, &random)
    }
    #expect(read == count)
  }

  @Test func `decisions are those of an evaluator that was written apart`() throws {
    var effects: [Effect: Int] = [:]
    var (erring, impossible) = (0, 0)
    try forEachPolicy(ruleCount: 3) { policy, json, random in
      let reference = ReferenceEvaluator(policy: json)
      for _ in 0..<Self.inputCount {
        let (tool, agent, tainted) = (random.tool(), random.agent(), random.chance(1, in: 2))
        let text = random.arguments()
        let mine = policy.evaluate(makeInput(text, tool: tool, agent: agent, tainted: tainted))
        let expected = reference.decide(
          tool: tool.description, agent: agent, tainted: tainted, text: text)
        let decision = ReferenceEvaluator.Decision(mine)
        if decision != expected {
          Issue.record(
            "\(String(decoding: json.written, as: UTF8.self))\n\(tool) \(agent) \(text)\n\(decision)\n\(expected)"
          )
          return
        }
        effects[mine.effect, default: 0] += 1
        erring += decision.erring.isEmpty ? 0 : 1
        impossible += mine.hasImpossibleReview ? 1 : 0
      }
    }
    // The cases are worth something: all effects occur, many rules err, and some reviews exclude each other.
    #expect(Effect.allCases.allSatisfy { effects[$0, default: 0] > Self.policyCount })
    #expect(erring > Self.policyCount && impossible > 0)
  }

  @Test func `what explains a decision is what made it`() throws {
    try forEachPolicy(ruleCount: 3, count: Self.policyCount / 5) { policy, _, random in
      for _ in 0..<Self.inputCount {
        let input = random.input()
        let evaluation = policy.evaluate(input)
        let explanation = policy.explain(input)
        #expect(explanation.evaluation == evaluation)
        #expect(explanation.rules.map(\.id) == policy.rules.map(\.id))
        #expect(explanation.rules.filter(\.applies).map(\.truth) == evaluation.applied.map(\.truth))
      }
    }
  }

  /// A rule that asks is also a permission to ask, as one that allows is: without it, `default: deny` may hold.
  ///
  /// Review rules are compared where that is not what remains; deny rules always.
  @Test
  func
    `without a deny or review rule no decision of rules is stricter, and with it none is looser`()
    throws
  {
    try forEachPolicy(ruleCount: 4, count: Self.policyCount / 5) { policy, _, random in
      for index in policy.rules.indices where policy.rules[index].effect ?? .allow != .allow {
        var rules = policy.rules
        let removed = rules.remove(at: index)
        let without = Policy(defaultEffect: policy.defaultEffect, rules: rules)
        for _ in 0..<Self.inputCount {
          let input = random.input()
          let (more, fewer) = (policy.evaluate(input), without.evaluate(input))
          if removed.effect == .deny || !fewer.usedDefault || policy.defaultEffect != .deny {
            #expect(fewer.effect <= more.effect)
          }
          #expect(fewer.onDeny == .refuse || more.onDeny == .abort)
          #expect(!fewer.checkpointsBefore || more.checkpointsBefore)
          #expect(!fewer.readsUntrusted || more.readsUntrusted)
        }
      }
    }
  }

  @Test func `the order of rules makes no difference to a decision`() throws {
    try forEachPolicy(ruleCount: 5, count: Self.policyCount / 5) { policy, _, random in
      let other = Policy(
        defaultEffect: policy.defaultEffect, rules: policy.rules.shuffled(using: &random.random))
      for _ in 0..<Self.inputCount {
        let input = random.input()
        var (one, two) = (policy.evaluate(input), other.evaluate(input))
        #expect(Set(one.applied) == Set(two.applied) && Set(one.messages) == Set(two.messages))
        (one.applied, two.applied, one.messages, two.messages) = ([], [], [], [])
        #expect(one == two)
      }
    }
  }

  @Test func `canonical JSON reads as an equal policy, whatever the text's order and spelling`()
    throws
  {
    try forEachPolicy(ruleCount: 3) { policy, json, random in
      let again = try Policy(json: policy.canonicalJSON)
      #expect(again == policy && again.digest == policy.digest)
      #expect(again.canonicalJSON == policy.canonicalJSON)
      let shuffled = try Policy(json: json.shuffled(using: &random.random).written)
      #expect(shuffled == policy && shuffled.digest == policy.digest)
    }
  }
}

extension ReferenceEvaluator.Decision {
  fileprivate init(_ evaluation: Evaluation) {
    effect = evaluation.effect.rawValue
    applied = evaluation.applied.map(\.id)
    erring = Set(evaluation.applied.filter { $0.truth.error != nil }.map(\.id))
    isDefault = evaluation.usedDefault
    aborts = evaluation.onDeny == .abort
    checkpoint = evaluation.checkpointsBefore
    effectClass = evaluation.effectClass.rawValue
    reads = evaluation.readsUntrusted
    messages = evaluation.messages
    if let terms = evaluation.review {
      review =
        terms.approvers + ["\(terms.quorum)", "\(terms.expirySeconds ?? 0)", terms.mode.rawValue]
    }
  }
}

extension JSON {
  /// With the members of all objects in another order.
  fileprivate func shuffled(using random: inout SeededGenerator) -> JSON {
    switch self {
    case .array(let elements): return .array(elements.map { $0.shuffled(using: &random) })
    case .object(let members):
      let members = members.map { Member($0.name, $0.value.shuffled(using: &random)) }
      return .object(members.shuffled(using: &random))
    default: return self
    }
  }
}
