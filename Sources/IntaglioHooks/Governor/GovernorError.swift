public import Intaglio

/// Why the governor did not do what was asked: what, where, and what to do about it, on one line.
public struct GovernorError: Error, Sendable {
  /// The reason, for programs.
  ///
  /// More may be added in later versions.
  public struct Code: RawRepresentable, Hashable, Sendable {
    /// The name of the reason.
    public let rawValue: String
    /// The reason named `rawValue`.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The engine could not record: nothing that was asked for may be done, and the run is over.
    public static let engine = Code(rawValue: "engine")
    /// The engine did not answer in time; as `engine`.
    public static let engineTimeout = Code(rawValue: "engine_timeout")
    /// The run has ended, or was aborted before; the message has the cause.
    public static let runOver = Code(rawValue: "run_over")
    /// The policy ends the run with this call.
    public static let aborted = Code(rawValue: "aborted")
    /// A tool was to run whose call was denied, waits for a review, or is of another run.
    public static let notPermitted = Code(rawValue: "not_permitted")
    /// A decision or permit was used before.
    public static let used = Code(rawValue: "used")
    /// An argument that is not allowed; nothing was recorded.
    public static let invalid = Code(rawValue: "invalid")
    /// A mission is asked for that nobody has begun.
    public static let noMission = Code(rawValue: "no_mission")
    /// A mission is continued that another log of the store began.
    public static let missionElsewhere = Code(rawValue: "mission_elsewhere")
    /// A run is to go on that is not paused: it ended, was resumed before, or its mission was taken back.
    public static let notPaused = Code(rawValue: "not_paused")
    /// A paused run is to go on with another state than the log has of it.
    public static let stateDiffers = Code(rawValue: "state_differs")
    /// A mission's state is to be taken back while a run of it goes on.
    public static let missionLive = Code(rawValue: "mission_live")
    /// A checkpoint cannot be rolled back to: something outside the log was not captured with it.
    public static let notRestorable = Code(rawValue: "not_restorable")
    /// A rollback would go back over effects that are declared irreversible, and is not forced.
    public static let irreversible = Code(rawValue: "irreversible")
    /// A rollback would take back what others have changed, and is not forced.
    public static let sessionChanged = Code(rawValue: "session_changed")
    /// A participant of a rollback could not be restored.
    public static let rollbackFailed = Code(rawValue: "rollback_failed")
    /// A rollback of the mission was begun and is not done.
    public static let rollbackPending = Code(rawValue: "rollback_pending")
    /// The governor was closed.
    public static let closed = Code(rawValue: "closed")
    /// The process was forked after the store was opened: open it again in the child.
    public static let forked = Code(rawValue: "forked")
  }

  /// The reason.
  public let code: Code
  /// What happened, where, and what to do, on one line.
  public let message: String
  /// What the engine said, if it is the cause.
  public let cause: LogError?

  package init(_ code: Code, _ message: String, cause: LogError? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  init(_ error: LogError) {
    let code: Code =
      switch error.code {
      case .closed: .closed
      case .forked: .forked
      case .invalid, .tooLarge: .invalid
      default: .engine
      }
    self.init(code, error.message, cause: error)
  }

  /// Whether the engine could not record, so that a run may not go on.
  var isOfEngine: Bool { mayBeCounted || code == .closed }

  /// Whether what was not recorded may be counted instead, where that was chosen: not after closing, when nobody counts.
  var mayBeCounted: Bool { code == .engine || code == .engineTimeout }
}

extension GovernorError: CustomStringConvertible {
  /// The message.
  public var description: String { message }
}

/// Runs `body` and turns the engine's error into the governor's.
func governing<T: ~Copyable>(_ body: () throws(LogError) -> T) throws(GovernorError) -> T {
  do throws(LogError) { return try body() } catch { throw GovernorError(error) }
}

/// Runs `body`, which throws nothing but the engine's errors and the governor's, and turns the first into the second.
func governingAny<T>(_ body: () throws -> T) throws(GovernorError) -> T {
  do { return try body() } catch let error as GovernorError {
    throw error
  } catch {
    throw (error as? LogError).map(GovernorError.init) ?? GovernorError(.engine, "\(error)")
  }
}
