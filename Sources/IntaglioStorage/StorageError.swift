public import SystemPackage

/// A system call that failed: what was tried, on which file, and the system's answer.
public struct StorageError: Error, Sendable {
  /// What was tried, as a verb phrase: "write", "synchronize".
  public let operation: String
  /// The file or directory that it was tried on.
  public let path: FilePath
  /// What the system answered.
  public let errno: Errno

  package init(_ operation: String, _ path: FilePath, _ errno: Errno) {
    self.operation = operation
    self.path = path
    self.errno = errno
  }
}

extension StorageError: CustomStringConvertible {
  /// One line: what failed, where, and why.
  public var description: String { "cannot \(operation) \(path): \(errno)" }
}
