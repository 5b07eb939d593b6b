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
      return statusOfForked { Self.shared.withLock { $0 == 0 ? 0 : 1 } }
    }
    #expect(status == 0)
    #expect(Self.shared.withLock { $0 } == 7)
  }

  @Test func `all threads of a forked child can want one lock, the one that forked too`() {
    for _ in 0..<5 {
      // Locked once, so that a lock that keeps its holder's number has the parent's.
      Self.shared.withLock { _ in }
      let status = statusOfForked {
        let count = 20_000
        let others = (0..<3).map { _ in
          BackgroundThread { for _ in 0..<count { Self.shared.withLock { $0 += 1 } } }
        }
        for _ in 0..<count { Self.shared.withLock { $0 += 1 } }
        for other in others { other.join() }
        return Self.shared.withLock { $0 == 4 * count ? 0 : 1 }
      }
      #expect(status == 0)
    }
  }
}
