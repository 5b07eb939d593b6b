/// What a policy answers for a call; of several the strictest wins: deny, then review, then allow.
public enum Effect: String, CaseIterable, Hashable, Sendable {
  /// The tool may run.
  case allow
  /// A person decides before the tool runs.
  case review
  /// The tool does not run.
  case deny
}

extension Effect: Comparable {
  /// Whether `left` is less strict than `right`.
  public static func < (left: Effect, right: Effect) -> Bool { left.strictness < right.strictness }

  private var strictness: Int {
    switch self {
    case .allow: 0
    case .review: 1
    case .deny: 2
    }
  }
}
