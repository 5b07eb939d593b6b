import Glibc
import IntaglioStorage
import IntaglioTestSupport
import Testing

@Suite struct ForkGuardTests {
  @Test func theGenerationStaysTheSameWithoutAFork() {
    #expect(ForkGuard.generation == ForkGuard.generation)
  }

  @Test func aForkedChildHasAnotherGenerationAndTheParentKeepsItsLock() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "LOCK")
    let lock = try takeLock(path)
    let before = ForkGuard.generation
    let child = try #require(fork { ForkGuard.generation == before ? 1 : 0 })
    #expect(wait(for: child) == 0)
    #expect(ForkGuard.generation == before)
    #expect(try DirectoryLock.isHeld(path, in: SystemFileSystem()))
    _ = consume lock
  }

  @Test func aForkedChildThatLivesOnDoesNotKeepTheLock() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "LOCK")
    let lock = try takeLock(path)
    let child = try #require(fork { pause() })
    defer {
      kill(child, SIGKILL)
      _ = wait(for: child)
    }
    _ = consume lock
    // The child needs a moment to get to where it closes its descriptor.
    for _ in 0..<1000 where try DirectoryLock.isHeld(path, in: SystemFileSystem()) { usleep(5000) }
    #expect(try !DirectoryLock.isHeld(path, in: SystemFileSystem()))
  }

  /// fork(2), which Swift hides for good reasons: the child may only do what a signal handler may.
  ///
  /// A function of its own, so that the child has no values to destroy before it exits.
  private func fork(_ body: () -> CInt) -> pid_t? {
    guard let symbol = dlsym(nil, "fork") else { return nil }
    let child = unsafeBitCast(symbol, to: (@convention(c) () -> pid_t).self)()
    if child == 0 { _exit(body()) }
    return child
  }
}
