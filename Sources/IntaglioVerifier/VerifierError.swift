internal import IntaglioFormat
public import IntaglioStorage
internal import SystemPackage

/// Why a log could not be checked at all.
public struct VerifierError: Error, Sendable {
  /// What kind of failure it was; more may be added.
  public struct Code: Hashable, Sendable {
    let name: String

    /// The directory is not there, or is none.
    public static let notFound = Code(name: "notFound")
    /// The directory holds no log.
    public static let notALog = Code(name: "notALog")
    /// The system does not allow reading.
    public static let notPermitted = Code(name: "notPermitted")
    /// The system failed to read.
    public static let unreadable = Code(name: "unreadable")
  }

  /// What kind of failure it was.
  public let code: Code
  /// One line: what, where, and what to do.
  public let message: String
  /// The system's answer, where there was one.
  public let cause: StorageError?

  init(notALog directory: FilePath) {
    code = .notALog
    cause = nil
    message =
      "\(escaped(directory.string)) holds no log: neither \(FileName.manifest) nor segments; "
      + "name the directory that was given when the log was created"
  }

  init(_ cause: StorageError) {
    self.cause = cause
    let what = escaped(cause.description)
    switch cause.errno {
    case .noSuchFileOrDirectory, .notDirectory:
      code = .notFound
      message = "\(what); check the path, and that nobody is moving the log"
    case .permissionDenied, .notPermitted:
      code = .notPermitted
      message = "\(what); run as a user who may read every file of the log"
    default:
      code = .unreadable
      message = "\(what); copy the log to a sound device before anything else, then check the copy"
    }
  }
}

extension VerifierError: CustomStringConvertible {
  /// The message.
  public var description: String { message }
}
