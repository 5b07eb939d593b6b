import Glibc
import IntaglioStorage
import IntaglioTestSupport
import Synchronization
import SystemPackage
import Testing

@Suite struct DirectoryLockTests {
  @Test func aSecondTakeIsRefusedWithTheProcessIDOfTheHolder() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "LOCK")
    let lock = try takeLock(path)
    // flock belongs to an open file, so a second open in one process is as good as another process.
    switch try DirectoryLock.take(path, in: SystemFileSystem()) {
    case .taken: Issue.record("two hold the lock")
    case .held(let holder): #expect(holder == "\(getpid())")
    }
    _ = consume lock
  }

  @Test func anotherProcessIsKeptOutUntilTheValueGoes() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "LOCK")
    let flock = ["/usr/bin/flock", "--nonblock", "--conflict-exit-code", "42", path.string, "true"]
    do {
      let lock = try takeLock(path)
      #expect(exitStatus(of: flock) == 42)
      _ = consume lock
    }
    #expect(exitStatus(of: flock) == 0)
  }

  @Test func whatAnotherProcessHoldsIsRefused() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "LOCK")
    try directory.directory().open("LOCK", .createNew).write(Array("4711\nrest".utf8), at: 0)
    // The child holds the lock until it is ended.
    let child = try #require(start(["/usr/bin/flock", "--no-fork", path.string, "sleep", "60"]))
    defer {
      kill(child, SIGKILL)
      _ = wait(for: child)
    }
    while try !DirectoryLock.isHeld(path, in: SystemFileSystem()) { usleep(1000) }
    switch try DirectoryLock.take(path, in: SystemFileSystem()) {
    case .taken: Issue.record("two processes hold the lock")
    case .held(let holder): #expect(holder == "4711")
    }
  }

  @Test func isHeldSaysWhetherSomebodyHoldsItAndDoesNotTakeIt() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "LOCK")
    let system = SystemFileSystem()
    #expect(try !DirectoryLock.isHeld(path, in: system))
    do {
      let lock = try takeLock(path)
      #expect(try DirectoryLock.isHeld(path, in: system))
      _ = consume lock
    }
    #expect(try !DirectoryLock.isHeld(path, in: system))
    _ = try takeLock(path)
  }

  @Test func aLockFileThatWasReplacedMeanwhileIsNotTheOneTaken() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "LOCK")
    let lock = try takeLock(path, in: ReplacingFileSystem(path: path))
    // The file that now has the name is the locked one.
    #expect(try DirectoryLock.isHeld(path, in: SystemFileSystem()))
    _ = consume lock
  }

  @Test func theLockFileHoldsTheProcessIDAndALineFeedOnly() throws {
    let directory = try TemporaryDirectory()
    let longer = Array("a text that is longer than a process id\n".utf8)
    try directory.directory().open("LOCK", .createNew).write(longer, at: 0)
    let lock = try takeLock(directory.path(of: "LOCK"))
    let text = try directory.directory().open("LOCK", .readOnly).read(byteCount: 64, at: 0)
    #expect(String(decoding: text, as: UTF8.self) == "\(getpid())\n")
    _ = consume lock
  }
}

/// A file system in which the lock file is replaced by a stranger just before the first lock is taken.
private final class ReplacingFileSystem: ForwardingFileSystem {
  private let path: FilePath
  private let isDone = Mutex(false)

  init(path: FilePath) { self.path = path }

  func lock(_ descriptor: CInt, exclusive: Bool) throws(Errno) -> Bool {
    let mustReplace = isDone.withLock { isDone in
      defer { isDone = true }
      return !isDone
    }
    if mustReplace {
      try base.unlink(path)
      try base.close(base.open(path, .createNew))
    }
    return try base.lock(descriptor, exclusive: exclusive)
  }
}

/// The lock, which has to be free.
func takeLock(
  _ path: FilePath, in system: any FileSystem = SystemFileSystem()
) throws -> DirectoryLock {
  switch try DirectoryLock.take(path, in: system) {
  case .taken(let lock): return lock
  case .held(let holder): throw LockIsHeld(holder: holder)
  }
}

private struct LockIsHeld: Error { let holder: String }
