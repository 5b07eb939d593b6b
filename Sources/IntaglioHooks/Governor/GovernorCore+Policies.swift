internal import IntaglioFormat

extension GovernorCore {
  /// Puts the text of `policy` into the log, if it is not there since this opening.
  ///
  /// - Parameter source: the text as people wrote it, if there is one.
  func record(_ policy: LoadedPolicy) throws(GovernorError) {
    guard let contents = policy.policy, !recordedPolicies.contains(policy.name) else { return }
    var event = Event(.policyLoaded)
    event.set(Attribute.policy, policy.name)
    event.set(Attribute.policyText, String(decoding: contents.canonicalJSON, as: UTF8.self))
    try append([event], to: stream)
    recordedPolicies.insert(policy.name)
  }
}
