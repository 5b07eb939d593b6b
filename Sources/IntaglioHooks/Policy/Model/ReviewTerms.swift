/// What it takes to approve a call.
public struct ReviewTerms: Hashable, Sendable {
  /// What the run does meanwhile.
  public enum Mode: String, CaseIterable, Hashable, Sendable {
    /// The call waits for the decision.
    case wait
    /// The run is paused, and resumed with the decision.
    case pause
  }

  /// Who may decide, sorted; empty if anybody may who can reach the review.
  public var approvers: [String]
  /// How many of them have to approve; 1 or more.
  public var quorum: Int
  /// After how many seconds the review expires; nil if it does not.
  public var expirySeconds: Int?
  /// What the run does meanwhile.
  public var mode: Mode

  package init(
    approvers: [String] = [], quorum: Int = 1, expirySeconds: Int? = nil, mode: Mode = .wait
  ) {
    self.approvers = approvers.sorted()
    self.quorum = quorum
    self.expirySeconds = expirySeconds
    self.mode = mode
  }

  /// Terms that are as strict as both: the higher quorum, the shorter expiry, a pause rather than waiting, and the approvers
  /// whom both name, or the named ones where only one of them names any.
  ///
  /// Nil if too few approvers are left for the quorum: nobody could ever approve.
  package func merged(with other: ReviewTerms) -> ReviewTerms? {
    var terms = self
    if terms.approvers.isEmpty {
      terms.approvers = other.approvers
    } else if !other.approvers.isEmpty {
      terms.approvers.removeAll { [others = Set(other.approvers)] in !others.contains($0) }
      if terms.approvers.isEmpty { return nil }
    }
    terms.quorum = max(quorum, other.quorum)
    terms.expirySeconds = [expirySeconds, other.expirySeconds].compactMap(\.self).min()
    if other.mode == .pause { terms.mode = .pause }
    return terms.approvers.isEmpty || terms.approvers.count >= terms.quorum ? terms : nil
  }
}

/// Somebody whose decisions are known by a key.
public struct Approver: Hashable, Sendable {
  /// What the policy calls them.
  public let name: String
  /// An Ed25519 public key (RFC 8032), 32 bytes.
  public let key: [UInt8]

  package init(name: String, key: [UInt8]) {
    self.name = name
    self.key = key
  }
}
