extension Policy {
  /// When it applies, and what then holds.
  public struct Rule: Hashable, Sendable {
    /// Unique in the policy.
    public let id: String
    /// When the rule applies.
    package let condition: Condition
    /// What it answers; nil if it only marks the call.
    public let effect: Effect?
    /// What becomes of the run if the call is denied, by this rule or by who reviews it.
    public let onDeny: OnDeny
    /// What a review takes; nil unless the effect is `review`.
    public let review: ReviewTerms?
    /// Whether a checkpoint is taken before the call.
    public let checkpointsBefore: Bool
    /// What kind of effect the call has on the world; nil if the rule does not say.
    public let effectClass: EffectClass?
    /// Whether the call reads what is not to be trusted, so that the run is tainted after it.
    public let readsUntrusted: Bool
    /// Whether it is evaluated and recorded, and never enforced.
    public let isObserved: Bool
    /// What the model is told.
    public let message: String?
    /// What people are told.
    public let reason: String?

    package init(
      id: String, condition: Condition = .always, effect: Effect? = nil, onDeny: OnDeny = .refuse,
      review: ReviewTerms? = nil, checkpointsBefore: Bool = false, effectClass: EffectClass? = nil,
      readsUntrusted: Bool = false, isObserved: Bool = false, message: String? = nil,
      reason: String? = nil
    ) {
      self.id = id
      self.condition = condition
      self.effect = effect
      self.onDeny = onDeny
      self.review = effect == .review ? review ?? ReviewTerms() : nil
      self.checkpointsBefore = checkpointsBefore
      self.effectClass = effectClass
      self.readsUntrusted = readsUntrusted
      self.isObserved = isObserved
      self.message = message
      self.reason = reason
    }
  }
}

/// What becomes of the run when a call is denied.
public enum OnDeny: String, CaseIterable, Hashable, Sendable {
  /// The model is told, and the run goes on.
  case refuse
  /// The run ends.
  case abort
}

/// What a call does to the world, as far as it could be taken back.
public enum EffectClass: String, CaseIterable, Hashable, Sendable {
  /// It changes nothing outside.
  case none
  /// Nobody said.
  case unknown
  /// It cannot be taken back.
  case irreversible
}

extension EffectClass: Comparable {
  /// Whether `left` is less grave than `right`: none, then unknown, then irreversible.
  public static func < (left: EffectClass, right: EffectClass) -> Bool {
    left.gravity < right.gravity
  }

  private var gravity: Int {
    switch self {
    case .none: 0
    case .unknown: 1
    case .irreversible: 2
    }
  }
}
