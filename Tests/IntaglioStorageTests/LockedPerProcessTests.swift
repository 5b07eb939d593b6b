import Glibc
import IntaglioStorage
import Testing

@Suite struct LockedPerProcessTests {
  private static let shared = LockedPerProcess(0)

  @Test func `all threads of a process have one value`() {
    let value = LockedPerProcess(0)
    let threads = (0..<8).map { _ in
      BackgroundThread { for _ in 0..<1000 { value.withLock { $0 += 1 } } }
    }
    for thread in threads { thread.join() }
    #expect(value.withLock { $0 } == 8000)
  }

  @Test func `a forked child begins anew, also while the parent holds the lock`() throws {
    let status = Self.shared.withLock { value -> CInt? in
      value = 7
      return fork { Self.shared.withLock { $0 == 0 ? 0 : 1 } }
    }
    #expect(status == 0)
    #expect(Self.shared.withLock { $0 } == 7)
  }

  /// The status with which a forked child ends; nil if there is no fork(2), which Swift hides.
  private func fork(_ body: () -> CInt) -> CInt? {
    guard let symbol = dlsym(nil, "fork") else { return nil }
    let child = unsafeBitCast(symbol, to: (@convention(c) () -> pid_t).self)()
    if child == 0 {
      alarm(60)
      _exit(body())
    }
    var status: CInt = 0
    return waitpid(child, &status, 0) == child ? status : nil
  }
}
