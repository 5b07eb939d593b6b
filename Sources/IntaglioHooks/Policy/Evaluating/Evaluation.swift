/// What a policy says about a call, and why.
public struct Evaluation: Hashable, Sendable {
  /// The strictest effect of all enforced rules that apply, or the default if none has an effect; limits are apart.
  public var effect: Effect
  /// The rules that apply, in the order of the policy, the observed among them.
  public var applied: [AppliedRule] = []
  /// Whether no enforced rule with an effect applies, so that the policy's default holds.
  public var usedDefault = false
  /// Why the arguments cannot be read, which denies the call whatever the rules say; nil if they can.
  public var invalidArguments: String?
  /// Whether the reviews that the rules ask for exclude each other, which denies the call: nobody could approve it.
  public var hasImpossibleReview = false
  /// What becomes of the run if the call is denied: `abort` if an enforced rule that applies and denies or asks says so.
  public var onDeny: OnDeny = .refuse
  /// What the model is told, by the rules whose effect this is, in the order of the policy.
  public var messages: [String] = []
  /// What people are told, by the rules whose effect this is, in the order of the policy.
  public var reasons: [String] = []
  /// What approving takes, as strict as all rules that ask; nil unless the effect is `review`.
  public var review: ReviewTerms?
  /// Whether a checkpoint is taken before the call.
  public var checkpointsBefore = false
  /// The gravest that an enforced rule says; unknown if none says.
  public var effectClass: EffectClass = .unknown
  /// Whether the call reads what is not to be trusted.
  public var readsUntrusted = false
}

/// A rule that applies to a call.
public struct AppliedRule: Hashable, Sendable {
  /// The rule's id.
  public let id: String
  /// Its effect; nil if it only marks.
  public let effect: Effect?
  /// Whether it holds, or errs and applies for that reason; never `fails`.
  public let truth: Truth
  /// Whether it is only recorded, and never enforced.
  public let isObserved: Bool
}
