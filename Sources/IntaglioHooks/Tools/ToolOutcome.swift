/// How a tool's body ended, and what it gave.
public struct ToolOutcome: Hashable, Sendable {
  /// How it ended.
  public enum Status: String, CaseIterable, Hashable, Sendable {
    /// It returned.
    case ok
    /// It failed.
    case error
    /// It took longer than it may; what it did by then is not known.
    case timeout
    /// Its task was cancelled; what it did by then is not known.
    case cancelled
    /// Nobody saw how it ended.
    case unknown
  }

  /// How it ended.
  public let status: Status
  /// The text for the model: a result, or what went wrong.
  public let result: String

  /// A result of a body that returned.
  public static func ok(_ result: String) -> ToolOutcome {
    ToolOutcome(status: .ok, result: result)
  }

  /// An outcome of any status.
  public init(status: Status, result: String) {
    self.status = status
    self.result = result
  }
}
