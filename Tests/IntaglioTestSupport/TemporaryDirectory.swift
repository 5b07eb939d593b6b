internal import Glibc
package import IntaglioStorage
package import SystemPackage

/// A new directory, which is removed with all its contents when the value goes.
package struct TemporaryDirectory: ~Copyable, Sendable {
  package let path: FilePath

  /// Makes it in `$TMPDIR`, or in /tmp.
  package init() throws(StorageError) {
    try self.init(in: environment("TMPDIR") ?? "/tmp")
  }

  /// Makes it in memory, where a sync costs nothing, if the system has a place for that: for tests that open logs by the thousand.
  package static func inMemory() throws(StorageError) -> TemporaryDirectory {
    try unsafe access("/dev/shm", W_OK) == 0
      ? TemporaryDirectory(in: "/dev/shm") : TemporaryDirectory()
  }

  private init(in parent: String) throws(StorageError) {
    var template = Array("\(parent)/intaglio-test-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else {
      throw StorageError("make a directory in", FilePath(parent), Errno(rawValue: errno))
    }
    path = FilePath(platformString: template)
  }

  deinit { removeDirectory(path) }

  package func path(of name: String) -> FilePath { path.appending(name) }

  /// The directory as the engine sees it.
  package func directory(in system: any FileSystem = SystemFileSystem()) -> Directory {
    Directory(path, in: system)
  }
}

/// Removes a directory with everything in it, as far as the system lets it.
package func removeDirectory(_ path: FilePath) {
  for name in (try? SystemFileSystem().names(inDirectory: path)) ?? [] {
    let child = path.appending(name)
    do throws(Errno) { try SystemFileSystem().unlink(child) } catch {
      if error == .isDirectory { removeDirectory(child) }
    }
  }
  _ = unsafe path.withPlatformString { unsafe rmdir($0) }
}

/// Copies a directory with everything in it; `destination` is made unless it is there.
package func copyDirectory(
  from source: FilePath, to destination: FilePath
) throws(StorageError) {
  let from = Directory(source, in: SystemFileSystem())
  let to = Directory(destination, in: SystemFileSystem())
  _ = try to.make()
  for name in try from.names() {
    guard let status = try from.status(of: name) else { continue }
    if status.isDirectory {
      try copyDirectory(from: from.path(of: name), to: to.path(of: name))
    } else {
      let sectors = try from.open(name, .readOnly).sectors(byteCount: status.byteCount)
      try to.open(name, .createNew).fill(sectors, byteCount: status.byteCount)
    }
  }
}

/// The value of an environment variable.
func environment(_ name: String) -> String? {
  guard let value = unsafe getenv(name) else { return nil }
  return unsafe String(cString: value)
}
