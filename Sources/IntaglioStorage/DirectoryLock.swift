internal import Glibc
package import SystemPackage

/// The right to write a log: an exclusive flock on its lock file, given back when the value goes.
///
/// The file is never removed, so that two processes cannot hold locks on two files of one name; still, its inode is
/// compared after the lock was taken, in case a stranger replaced it. A forked child loses the descriptor (see
/// `ForkGuard`); it never unlocks, which would free the parent's lock as well.
package struct DirectoryLock: ~Copyable, Sendable {
  private let file: File

  package enum Outcome: ~Copyable, Sendable {
    case taken(DirectoryLock)
    /// Another holds it; the text is what the holder wrote into the file: its process id.
    case held(by: String)
  }

  private init(_ file: consuming File) { self.file = file }

  package static func take(_ path: FilePath, in system: any FileSystem) throws(StorageError)
    -> Outcome
  {
    while true {
      let file = try File(path, .create, in: system)
      let isTaken = try attempting("lock", path) { () throws(Errno) in
        try system.lock(file.descriptor, exclusive: true)
      }
      guard isTaken else {
        let text = try file.read(byteCount: 32, at: 0)
        let holder = String(decoding: text.prefix { $0 > 0x20 && $0 < 0x7F }, as: UTF8.self)
        return .held(by: holder)
      }
      let mine = try file.status()
      let directory = Directory(path.removingLastComponent(), in: system)
      let named = try directory.status(of: path.lastComponent!.string)
      guard mine.inode == named?.inode, mine.device == named?.device else { continue }
      let text = Array("\(getpid())\n".utf8)
      try file.truncate(to: text.count)
      try file.write(text, at: 0)
      ForkGuard.closeInChildren(file.descriptor)
      return .taken(DirectoryLock(file))
    }
  }

  /// Whether somebody holds the lock now; a missing file is held by nobody, nor is one that must not be read.
  package static func isHeld(_ path: FilePath, in system: any FileSystem) throws(StorageError)
    -> Bool
  {
    do throws(StorageError) {
      let file = try File(path, .readOnly, in: system)
      // A shared lock that is given back at once: it keeps a writer out only for this moment.
      return try attempting("lock", path) { () throws(Errno) in
        try !system.lock(file.descriptor, exclusive: false)
      }
    } catch {
      // Who may not read the lock file cannot ask; that is no reason not to read the log.
      if error.errno == .noSuchFileOrDirectory || error.errno == .permissionDenied { return false }
      throw error
    }
  }

  deinit { ForkGuard.forget(file.descriptor) }
}
