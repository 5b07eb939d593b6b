package import SystemPackage

/// What a call of a file system does.
package enum CallKind: String, Hashable, Sendable, CaseIterable {
  /// An open that finds a file or a directory.
  case open
  /// An open that may make a file.
  case create
  case close, read, write
  case synchronizeData, synchronize
  case allocate, truncate
  /// Both forms of stat.
  case examine
  case lock
  case rename, unlink, makeDirectory
  case list
  case map, unmap
}

extension Set<CallKind> {
  /// All whose failure anyone notices: everything but close and unmap.
  package static let all = Set(CallKind.allCases).subtracting([.close, .unmap])

  /// What changes the disk or takes something from the system.
  package static let mutating: Set<CallKind> = [
    .create, .write, .synchronizeData, .synchronize, .allocate, .truncate, .lock, .rename,
    .unlink, .makeDirectory, .map,
  ]

  /// What needs room on the disk.
  package static let growing: Set<CallKind> = [.create, .write, .allocate, .makeDirectory]
}

/// One call that was made, for reports and for tests of an order.
package struct Call: Sendable {
  package let kind: CallKind
  /// The path given, or the one that the descriptor was opened with.
  package let path: FilePath
  /// Where a rename went.
  package var newPath: FilePath?
  package var offset: Int?
  package var byteCount: Int?
  /// What was done instead of passing the call on.
  package var fault: String?
}

extension Call: CustomStringConvertible {
  package var description: String {
    var text = "\(kind) \(path)"
    if let newPath { text += " to \(newPath)" }
    if let byteCount { text += ", \(byteCount) bytes" }
    if let offset { text += " at \(offset)" }
    if let fault { text += ": \(fault)" }
    return text
  }
}
