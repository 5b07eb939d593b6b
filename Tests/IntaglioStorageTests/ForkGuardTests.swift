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
    let child = try #require(forked { ForkGuard.generation == before ? 1 : 0 })
    #expect(wait(for: child) == 0)
    #expect(ForkGuard.generation == before)
    #expect(try DirectoryLock.isHeld(path, in: SystemFileSystem()))
    _ = consume lock
  }

  @Test func aForkedChildThatLivesOnDoesNotKeepTheLock() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "LOCK")
    let lock = try takeLock(path)
    let child = try #require(forked { pause() })
    defer {
      kill(child, SIGKILL)
      _ = wait(for: child)
    }
    _ = consume lock
    // The child needs a moment to get to where it closes its descriptor.
    for _ in 0..<1000 where try DirectoryLock.isHeld(path, in: SystemFileSystem()) { usleep(5000) }
    #expect(try !DirectoryLock.isHeld(path, in: SystemFileSystem()))
  }

  /// Which takes long to make.
  private static let slow: Int = {
    began.notifyAll()
    usleep(300_000)
    return 7
  }()
  private static let began = EventCount()

  @Test func `a fork waits for what a thread is making`() {
    let ticket = Self.began.ticket
    let thread = BackgroundThread { _ = Self.slow }
    Self.began.wait(after: ticket)
    #expect(statusOfForked { Self.slow == 7 ? 0 : 1 } == 0)
    thread.join()
  }

  @Test func `a fork does not wait for ever, nor for its own thread`() {
    let (began, over) = (EventCount(), EventCount())
    let (beganTicket, overTicket) = (began.ticket, over.ticket)
    let status = ForkGuard.working {
      let thread = BackgroundThread {
        began.notifyAll()
        // Stays in, as a verification of a large log would.
        while over.ticket == overTicket { usleep(1000) }
      }
      began.wait(after: beganTicket)
      let status = statusOfForked { ForkGuard.working { 0 } }
      over.notifyAll()
      thread.join()
      return status
    }
    #expect(status == 0)
    #expect(statusOfForked { 0 } == 0)
  }

  @Test func `threads that wait go on after forks`() {
    let event = EventCount()
    let ticket = event.ticket
    let threads = (0..<4).map { _ in BackgroundThread { event.wait(after: ticket) } }
    for _ in 0..<5 { #expect(statusOfForked { ForkGuard.working { 0 } } == 0) }
    event.notifyAll()
    for thread in threads { thread.join() }
  }
}
