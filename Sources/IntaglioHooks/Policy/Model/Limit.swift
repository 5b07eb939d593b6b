extension Policy {
  /// How much of something there may be: calls, or the sum of an argument over calls.
  public struct Limit: Hashable, Sendable {
    /// Over what it is counted.
    public enum Scope: String, CaseIterable, Hashable, Sendable {
      case run, mission, agent, log
    }

    /// Unique in the policy.
    public let id: String
    /// The tools whose calls count; nil for all of all families.
    package let tools: [ToolPattern]?
    /// Over what it is counted.
    public let scope: Scope
    /// The argument that is summed up; nil if calls are counted.
    package let sum: JSONPointer?
    /// The most there may be; reaching it is allowed, exceeding it is not.
    public let most: LimitCount
    /// What becomes of the run if a call is denied by the limit.
    public let onDeny: OnDeny
    /// What the model is told.
    public let message: String?
    /// What people are told.
    public let reason: String?

    package init(
      id: String, tools: [ToolPattern]? = nil, scope: Scope, sum: JSONPointer? = nil,
      most: LimitCount, onDeny: OnDeny = .refuse, message: String? = nil, reason: String? = nil
    ) {
      self.id = id
      self.tools = tools
      self.scope = scope
      self.sum = sum
      self.most = most
      self.onDeny = onDeny
      self.message = message
      self.reason = reason
    }
  }
}
