internal import IntaglioFormat
public import IntaglioStorage
internal import SystemPackage

/// Why the engine could not do what was asked: what, where, and what to do about it, on one line.
public struct LogError: Error, Sendable {
  /// The reason, for programs.
  ///
  /// More may be added in later versions.
  public struct Code: RawRepresentable, Hashable, Sendable {
    /// The name of the reason.
    public let rawValue: String
    /// The reason named `rawValue`.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The directory is not a log, or is not there.
    public static let notALog = Code(rawValue: "notALog")
    /// A log is to be created where something is.
    public static let exists = Code(rawValue: "exists")
    /// Another process, or another `Log` of this one, writes the log.
    public static let busy = Code(rawValue: "busy")
    /// A newer version wrote the log.
    public static let unsupported = Code(rawValue: "unsupported")
    /// The log is damaged: see `Verdict.corrupt`, `.truncated` and `.rewritten`.
    ///
    /// Nothing was changed.
    public static let damaged = Code(rawValue: "damaged")
    /// A system call failed.
    public static let storage = Code(rawValue: "storage")
    /// The disk is full.
    ///
    /// What was acknowledged is safe; appending may succeed again when there is space.
    public static let full = Code(rawValue: "full")
    /// A write or sync failed after records were ordered: the log takes no more until it is opened again.
    public static let poisoned = Code(rawValue: "poisoned")
    /// A payload or batch over the limit.
    ///
    /// Nothing was appended.
    public static let tooLarge = Code(rawValue: "tooLarge")
    /// A name, kind or option that is not allowed.
    ///
    /// Nothing was appended.
    public static let invalid = Code(rawValue: "invalid")
    /// The log was closed.
    public static let closed = Code(rawValue: "closed")
    /// The process was forked after the log was opened; only the parent may use it.
    public static let forked = Code(rawValue: "forked")
    /// There is no record of that number, or no stream of that name.
    public static let notFound = Code(rawValue: "notFound")
    /// A reader's log now has another history than that which it had read.
    public static let historyReplaced = Code(rawValue: "historyReplaced")
    /// A state does not have the version that the caller expected: another changed it meanwhile.
    ///
    /// Nothing was changed.
    public static let conflict = Code(rawValue: "conflict")
    /// A transaction of the state space is open around the call.
    ///
    /// Nothing was changed.
    public static let transactionOpen = Code(rawValue: "transactionOpen")
    /// The value or payload was lawfully erased.
    public static let erased = Code(rawValue: "erased")
    /// Locks and syncs on this file system are not what durability needs.
    public static let unsuitableFileSystem = Code(rawValue: "unsuitableFileSystem")
  }

  /// The reason.
  public let code: Code
  /// What happened, where, and what to do, on one line; names that others gave are escaped, so that it is safe to print.
  public let message: String
  /// What was found in a log that does not open, if that is the reason.
  public let verdict: Verdict?
  /// The system call that failed, if one did.
  public let cause: StorageError?

  /// - Parameter message: with names and paths as they are: they are escaped here, once.
  package init(
    _ code: Code, _ message: String, verdict: Verdict? = nil, cause: StorageError? = nil
  ) {
    self.code = code
    self.message = escaped(message)
    self.verdict = verdict
    self.cause = cause
  }

  init(_ error: StorageError) {
    let isDenied = error.errno == .permissionDenied || error.errno == .notPermitted
    let isFull = error.errno == .noSpace || error.errno == .diskQuotaExceeded
    self.init(
      isFull ? .full : .storage,
      isFull
        ? "\(error); free some space and try again"
        : isDenied ? "\(error); ask the owner for access, or run as the owner" : "\(error)",
      cause: error)
  }
}

extension LogError: CustomStringConvertible {
  /// The message.
  public var description: String { message }
}

/// Runs `body` and turns a failed system call into the engine's error.
func storing<T: ~Copyable>(_ body: () throws(StorageError) -> T) throws(LogError) -> T {
  do throws(StorageError) { return try body() } catch { throw LogError(error) }
}
