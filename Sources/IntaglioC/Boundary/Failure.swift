internal import CIntaglio
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioHooks
internal import IntaglioVerifier

/// Why a call failed, as C is told: a code, its name, and a message on one line.
struct Failure: Error, Sendable {
  let code: Int
  let name: String
  /// Safe to print.
  let message: String
  /// The name of the log's error that is behind it.
  var cause: String?

  init(_ code: Int, _ name: String, _ message: String, cause: String? = nil) {
    self.code = code
    self.name = name
    self.message = message
    self.cause = cause
  }

  /// An argument that is not allowed; texts in `message` are escaped by whoever makes it.
  static func invalid(_ message: String) -> Failure {
    Failure(INTAGLIO_ERROR_INVALID, "invalid", message)
  }

  static func closed(_ what: String) -> Failure {
    Failure(INTAGLIO_ERROR_CLOSED, "closed", "the \(what) was closed: open it again")
  }

  static let forked = Failure(
    INTAGLIO_ERROR_FORKED, "forked",
    "the handle was opened before the process was forked: open another in the child")
}

extension Failure {
  init(_ error: LogError) {
    let (code, name) = Self.logCodes[error.code] ?? (INTAGLIO_ERROR_OTHER, error.code.rawValue)
    self.init(code, name, error.message)
  }

  init(_ error: GovernorError) {
    let name = error.code.rawValue
    self.init(
      Self.governorCodes[error.code] ?? INTAGLIO_ERROR_OTHER, name, error.message,
      cause: error.cause.map { Failure($0).name })
  }

  init(_ error: PolicyError) {
    self.init(
      INTAGLIO_ERROR_POLICY, "policy", "the policy cannot be used: \(escaped(error.message))")
  }

  init(_ error: VerifierError) {
    let (code, name) =
      switch error.code {
      case .notALog, .notFound: (INTAGLIO_ERROR_NOT_A_LOG, "not_a_log")
      case .notPermitted: (INTAGLIO_ERROR_NOT_PERMITTED_TO_READ, "not_permitted_to_read")
      default: (INTAGLIO_ERROR_STORAGE, "storage")
      }
    self.init(code, name, error.message)
  }

  /// Any of them.
  init(any error: any Error) {
    switch error {
    case let error as Failure: self = error
    case let error as LogError: self.init(error)
    case let error as GovernorError: self.init(error)
    case let error as PolicyError: self.init(error)
    case let error as VerifierError: self.init(error)
    // Requests are cancelled by nothing but the closing of their governor.
    case is CancellationError: self = .closed(HandleKind.governor.name)
    default: self.init(INTAGLIO_ERROR_OTHER, "other", escaped("\(error)"))
    }
  }

  private static let logCodes: [LogError.Code: (Int, String)] = [
    .notALog: (INTAGLIO_ERROR_NOT_A_LOG, "not_a_log"),
    .exists: (INTAGLIO_ERROR_EXISTS, "exists"),
    .busy: (INTAGLIO_ERROR_BUSY, "busy"),
    .unsupported: (INTAGLIO_ERROR_UNSUPPORTED, "unsupported"),
    .damaged: (INTAGLIO_ERROR_DAMAGED, "damaged"),
    .storage: (INTAGLIO_ERROR_STORAGE, "storage"),
    .full: (INTAGLIO_ERROR_FULL, "full"),
    .poisoned: (INTAGLIO_ERROR_POISONED, "poisoned"),
    .tooLarge: (INTAGLIO_ERROR_TOO_LARGE, "too_large"),
    .invalid: (INTAGLIO_ERROR_INVALID, "invalid"),
    .closed: (INTAGLIO_ERROR_CLOSED, "closed"),
    .forked: (INTAGLIO_ERROR_FORKED, "forked"),
    .notFound: (INTAGLIO_ERROR_NOT_FOUND, "not_found"),
    .historyReplaced: (INTAGLIO_ERROR_HISTORY_REPLACED, "history_replaced"),
    .conflict: (INTAGLIO_ERROR_CONFLICT, "conflict"),
    .transactionOpen: (INTAGLIO_ERROR_TRANSACTION_OPEN, "transaction_open"),
    .erased: (INTAGLIO_ERROR_ERASED, "erased"),
    .unsuitableFileSystem: (INTAGLIO_ERROR_UNSUITABLE_FILE_SYSTEM, "unsuitable_file_system"),
  ]

  private static let governorCodes: [GovernorError.Code: Int] = [
    .engine: INTAGLIO_ERROR_ENGINE,
    .engineTimeout: INTAGLIO_ERROR_ENGINE_TIMEOUT,
    .runOver: INTAGLIO_ERROR_RUN_OVER,
    .aborted: INTAGLIO_ERROR_ABORTED,
    .notPermitted: INTAGLIO_ERROR_NOT_PERMITTED,
    .used: INTAGLIO_ERROR_USED,
    .invalid: INTAGLIO_ERROR_INVALID,
    .missionElsewhere: INTAGLIO_ERROR_MISSION_ELSEWHERE,
    .notPaused: INTAGLIO_ERROR_NOT_PAUSED,
    .stateDiffers: INTAGLIO_ERROR_STATE_DIFFERS,
    .missionLive: INTAGLIO_ERROR_MISSION_LIVE,
    .notRestorable: INTAGLIO_ERROR_NOT_RESTORABLE,
    .irreversible: INTAGLIO_ERROR_IRREVERSIBLE,
    .rollbackFailed: INTAGLIO_ERROR_ROLLBACK_FAILED,
    .rollbackPending: INTAGLIO_ERROR_ROLLBACK_PENDING,
    .noMission: INTAGLIO_ERROR_NO_MISSION,
    .sessionChanged: INTAGLIO_ERROR_SESSION_CHANGED,
    .closed: INTAGLIO_ERROR_CLOSED,
    .forked: INTAGLIO_ERROR_FORKED,
  ]
}
