public import IntaglioFormat

/// What the runs under it may do: rules, limits, what is redacted, who approves, and what holds where nothing else does.
///
/// A value that never changes. Two policies are equal, and have one digest, if they say the same: white space, comments,
/// the order of keys, defaults written out and the difference of YAML and JSON do not count. The order of rules makes no
/// difference to a decision, but it does to the digest.
public struct Policy: Hashable, Sendable {
  /// What holds for a call that no enforced rule with an effect applies to.
  public let defaultEffect: Effect
  /// In the order of the text.
  public let rules: [Rule]
  /// In the order of the text.
  public let limits: [Limit]
  /// In the order of the text.
  public let redactions: [Redaction]
  /// By name.
  public let approvers: [Approver]
  /// SHA-256 of `"intaglio/v1 policy\n"` and the canonical JSON.
  public let digest: Digest

  package init(
    defaultEffect: Effect, rules: [Rule] = [], limits: [Limit] = [], redactions: [Redaction] = [],
    approvers: [Approver] = []
  ) {
    self.defaultEffect = defaultEffect
    self.rules = rules
    self.limits = limits
    self.redactions = redactions
    self.approvers = approvers
    let json = Self.json(
      defaultEffect: defaultEffect, rules: rules, limits: limits, redactions: redactions,
      approvers: approvers)
    digest = SHA256.hash(Array("intaglio/v1 policy\n".utf8) + json.canonical)
  }

  /// The policy in the fewest words, as RFC 8785 writes JSON: reading it gives an equal policy.
  public var canonicalJSON: [UInt8] { json.canonical }
}

extension Policy {
  /// The most that a policy may have; whatever exceeds it is refused when it is read.
  package enum Bounds {
    package static let textByteCount = 1 << 20
    package static let ruleCount = 10_000
    package static let depth = 64
    package static let globByteCount = 1024
    package static let nameCharacterCount = 64
    package static let expirySeconds = 3650 * 86_400
  }
}
