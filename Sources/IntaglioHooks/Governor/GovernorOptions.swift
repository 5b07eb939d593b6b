public import Intaglio

/// How a governor works.
public struct GovernorOptions: Sendable {
  /// What to do when the engine cannot record.
  public enum EngineErrorChoice: String, Hashable, Sendable {
    /// Nothing runs, and the run is over: the default.
    case deny
    /// What the policy allows runs without a record; how often is counted and recorded later as `audit.gap`.
    case allowAndCount = "allow_and_count"
  }

  /// What runs may do that bring no policy of their own; nil allows everything and records that there was none.
  public var policy: Policy?
  /// What to do when the engine cannot record.
  public var onEngineError = EngineErrorChoice.deny
  /// How long the engine may take to answer.
  public var engineTimeout = Duration.seconds(10)
  /// What outside the log is captured with checkpoints and restored by rollbacks.
  public var participants: [any RollbackParticipant] = []
  /// Whether whoever opens the governor restores the participants of rollbacks, and finishes those that a crash has left.
  package var leavesRollbacks = false
  /// How the store's logs are written.
  public var log = LogOptions()

  /// No policy, durable before done, ten seconds.
  public init(policy: Policy? = nil) { self.policy = policy }

  var timeoutNanoseconds: UInt64 {
    // About 146 years at most, which any clock can be added to.
    let longest = Duration.nanoseconds(Int64.max / 2)
    let (seconds, attoseconds) = min(max(engineTimeout, .zero), longest).components
    return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds) / 1_000_000_000
  }
}
