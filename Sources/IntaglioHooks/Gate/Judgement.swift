internal import IntaglioFormat

/// What a policy says of one call with what is used of its limits: rules first, then every limit that the call counts for.
///
/// A call that no capability covers is denied, whatever they say, and uses nothing.
package struct Judgement: Sendable {
  package private(set) var effect: Effect
  /// The name of the policy that decided.
  var policy = LoadedPolicy.nameOfNone
  /// What the rules say; nil without a policy.
  package private(set) var evaluation: Evaluation?
  /// The rules or limits that decided, in the policy's order; none for the default.
  package private(set) var deciders: [String] = []
  package private(set) var messages: [String] = []
  package private(set) var reasons: [String] = []
  package private(set) var abortsRun = false
  package private(set) var checkpointsBefore = false
  package private(set) var readsUntrusted = false
  /// What a review takes, if the call is sent to one.
  private(set) var review = ReviewTerms()
  /// What the call uses of limits, if it is not denied.
  private(set) var charges: [Charge] = []
  /// The limits that deny it, and why.
  private(set) var exceeded: [(limit: String, why: String)] = []

  struct Charge: Sendable {
    let key: CounterKey
    let amount: LimitCount
  }

  /// What the mission's capabilities say.
  let cover: CapabilityCover

  /// Without a policy everything is allowed that a capability covers.
  init(_ cover: CapabilityCover = .unrestricted) {
    effect = .allow
    self.cover = cover
    if case .missing(let agent) = cover { denyAsUncovered(agent) }
  }

  /// - Parameters:
  ///   - subject: whose count a limit of a scope is.
  ///   - count: what is used of a limit, or nil if that is more than can be counted.
  init<Failure: Error>(
    _ input: PolicyInput, by policy: Policy, _ cover: CapabilityCover = .unrestricted,
    subject: (Policy.Limit.Scope) -> String,
    count: (CounterKey) throws(Failure) -> LimitCount?
  ) throws(Failure) {
    let evaluation = policy.evaluate(input)
    effect = evaluation.effect
    self.evaluation = evaluation
    self.cover = cover
    deciders = evaluation.deciders
    messages = evaluation.messages
    reasons = evaluation.reasons
    checkpointsBefore = evaluation.checkpointsBefore
    readsUntrusted = evaluation.readsUntrusted
    review = evaluation.review ?? ReviewTerms()
    abortsRun = effect == .deny && evaluation.onDeny == .abort
    if case .missing(let agent) = cover {
      // Who would ask or deny may still want the run to end.
      abortsRun = evaluation.effect != .allow && evaluation.onDeny == .abort
      denyAsUncovered(agent)
      return
    }
    guard effect != .deny else { return }
    for (limit, amount) in policy.limits(for: input) {
      let key = CounterKey(limit: limit.id, scope: limit.scope, subject: subject(limit.scope))
      switch amount {
      case .errs(let reason): deny(limit, "the use of the limit cannot be told: \(reason)")
      case .count(let amount):
        let used = try count(key)
        if let sum = used?.adding(amount), sum <= limit.most {
          charges.append(Charge(key: key, amount: amount))
        } else {
          deny(
            limit,
            "\(limit.most) for each \(limit.scope.rawValue) at most: \(used.map(String.init) ?? "too much") used, \(amount) asked"
          )
        }
      }
    }
    if effect == .deny { charges = [] }
  }

  private mutating func denyAsUncovered(_ agent: String) {
    (effect, deciders) = (.deny, [CapabilityCover.decider])
    messages = [
      "This call was not made: you do not hold this tool. Do not try it again; go on without it."
    ]
    reasons = ["\(agent) holds no capability for it"]
  }

  private mutating func deny(_ limit: Policy.Limit, _ why: String) {
    if exceeded.isEmpty { (effect, deciders, messages, reasons) = (.deny, [], [], []) }
    deciders.append(limit.id)
    messages.append(
      limit.message ?? "This call was not made: the limit \(limit.id) is reached.")
    reasons.append(limit.reason ?? why)
    abortsRun = abortsRun || limit.onDeny == .abort
    exceeded.append((limit.id, why))
  }

  /// Takes terms as strict as those of both policies; denies the call if nobody could approve it by both.
  private mutating func merge(_ mine: ReviewTerms, _ others: ReviewTerms) {
    if let merged = mine.merged(with: others) {
      review = merged
      return
    }
    (effect, deciders, messages) = (.deny, ["review.impossible"], [])
    reasons = ["two policies rule, and no approvers are enough for both"]
  }

  /// The stricter of two judgements of one call, with what both mark and use.
  func combined(with other: Judgement) -> Judgement {
    var result = other.effect > effect ? other : self
    result.checkpointsBefore = checkpointsBefore || other.checkpointsBefore
    result.readsUntrusted = readsUntrusted || other.readsUntrusted
    if effect == other.effect { result.abortsRun = abortsRun || other.abortsRun }
    if effect == .review, other.effect == .review { result.merge(review, other.review) }
    guard result.effect != .deny else {
      result.charges = []
      return result
    }
    // A limit that both policies have counts a call once.
    let mine = Set(charges.map(\.key))
    result.charges = charges + other.charges.filter { !mine.contains($0.key) }
    return result
  }

  /// What the model is told of a call that was not allowed; empty for one that was.
  func message(for tool: ToolIdentity) -> String {
    if effect == .allow { return "" }
    if !messages.isEmpty { return messages.joined(separator: " ") }
    if let invalid = evaluation?.invalidArguments {
      return "The call of \(tool.name) was not made: \(invalid)."
    }
    return effect == .review
      ? "The call of \(tool.name) waits for a person's review."
      : "The call of \(tool.name) was denied by policy. Do not try it again; go on without it."
  }

  /// What people are told of a call that was not allowed; empty for one that was.
  var reason: String { effect == .allow ? "" : reasons.joined(separator: " ") }
}
