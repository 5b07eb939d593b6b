internal import IntaglioFormat
internal import ArgumentParser
internal import Glibc
internal import Intaglio
internal import IntaglioHooks
internal import IntaglioStorage
internal import IntaglioVerifier
internal import SystemPackage

/// An error of the command itself: what, where, and what to do, on one line.
struct CommandError: Error {
  /// Safe to print.
  let message: String

  /// - Parameter message: with names and paths as they are: they are escaped here, once.
  init(_ message: String) { self.message = escaped(message) }

  /// What the engine says, and what is to be said of it here.
  init(_ error: LogError, _ message: String) { self.message = error.message + escaped(message) }
}

/// How the command ends after an error: what it says, where, and its exit code.
struct Failure {
  private let exitCode: CInt
  private let text: String

  private static let failed: CInt = 1
  private static let wrongArguments: CInt = 2
  private static let cannotRead: CInt = 3

  init(_ error: any Error) {
    switch error {
    case let error as ExitCode: (exitCode, text) = (error.rawValue, "")
    case is OutputClosed: (exitCode, text) = (0, "")
    // Messages are escaped where they are made.
    case let error as LogError: (exitCode, text) = (Self.failed, Self.line(error.message))
    case let error as CommandError: (exitCode, text) = (Self.failed, Self.line(error.message))
    case let error as GovernorError: (exitCode, text) = (Self.failed, Self.line(error.message))
    case let error as StorageError:
      (exitCode, text) = (Self.failed, Self.line(escaped("\(error)")))
    case let error as VerifierError: (exitCode, text) = (Self.cannotRead, Self.line(error.message))
    default: (exitCode, text) = Self.ofArguments(error)
    }
  }

  /// Help that was asked for, or what is wrong with the arguments and the usage.
  private static func ofArguments(_ error: any Error) -> (CInt, String) {
    let message = IntaglioCommand.fullMessage(for: error)
    guard IntaglioCommand.exitCode(for: error) != .success else { return (0, message + "\n") }
    // The arguments that it repeats may come from anywhere.
    var lines = message.split(separator: "\n").map { escaped(String($0)) }
    if let first = lines.first, first.hasPrefix("Error: ") {
      lines[0] = "intaglio: " + first.dropFirst("Error: ".count)
    }
    return (wrongArguments, lines.joined(separator: "\n") + "\n")
  }

  private static func line(_ message: String) -> String { "intaglio: \(message)\n" }

  func exit() -> Never {
    let stream: FileDescriptor = exitCode == 0 ? .standardOutput : .standardError
    // Nobody is left to be told if this fails.
    _ = try? stream.writeAll(text.utf8)
    Glibc.exit(exitCode)
  }
}
