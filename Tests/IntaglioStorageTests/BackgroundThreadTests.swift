import Glibc
import IntaglioStorage
import Synchronization
import Testing

@Suite struct BackgroundThreadTests {
  @Test func joinReturnsAfterTheBody() {
    let sum = Sum()
    let threads = (1...10).map { value in
      BackgroundThread { sum.value.add(value, ordering: .relaxed) }
    }
    threads.forEach { $0.join() }
    #expect(sum.value.load(ordering: .relaxed) == 55)
  }

  @Test func signalsAreLeftToTheThreadsOfTheProgram() {
    let sum = Sum()
    let thread = BackgroundThread {
      var mask = sigset_t()
      pthread_sigmask(SIG_SETMASK, nil, &mask)
      sum.value.store(Int(sigismember(&mask, SIGTERM)), ordering: .relaxed)
    }
    thread.join()
    #expect(sum.value.load(ordering: .relaxed) == 1)
  }

  private final class Sum: Sendable {
    let value = Atomic<Int>(0)
  }
}
