internal import Intaglio
internal import IntaglioFormat

extension GovernorCore {
  /// The component of the governor's state that has the policies' texts, by digest.
  static let policyTexts = "policy"

  /// Puts the text of `policy` into the log, if it is not there: as an event, and into the governor's state, where it is found.
  func record(_ policy: LoadedPolicy) throws(GovernorError) {
    guard let contents = policy.policy, !recordedPolicies.contains(policy.name) else { return }
    let text = contents.canonicalJSON
    var event = Event(.policyLoaded)
    event.set(Attribute.policy, policy.name)
    event.set(Attribute.policyText, String(decoding: text, as: UTF8.self))
    try append([event], to: stream)
    try change { transaction throws(LogError) in
      try transaction.set(text, Self.policyTexts, policy.name)
    }
    recordedPolicies.insert(policy.name)
    policies[policy.name] = contents
  }

  /// The policy that records name by `digest`; nil if there is none in this log, or for `none`.
  func policy(named digest: String) -> Policy? {
    if let known = policies[digest] { return known }
    guard let text = try? space.value(Self.policyTexts, digest),
      let policy = try? Policy(json: text), policy.digest.hex == digest
    else { return nil }
    policies[digest] = policy
    return policy
  }
}
