import IntaglioStorage
import Synchronization
import Testing

@Suite struct EventCountTests {
  @Test func noNotificationIsMissed() {
    // Each thread waits for its turn, and then makes it the next one's: one missed notification, and all stand still.
    let threadCount = 8
    let turnCount = 4_000
    let event = EventCount()
    let turn = Turn()
    let threads = (0..<threadCount).map { index in
      BackgroundThread {
        for round in stride(from: index, to: turnCount, by: threadCount) {
          while true {
            let ticket = event.ticket
            if turn.number.load(ordering: .acquiring) == round { break }
            event.wait(after: ticket)
          }
          turn.number.store(round + 1, ordering: .releasing)
          event.notifyAll()
        }
      }
    }
    threads.forEach { $0.join() }
    #expect(turn.number.load(ordering: .acquiring) == turnCount)
  }

  @Test func `whether there was anybody to wake is said`() {
    let event = EventCount()
    #expect(!event.notifyAll())
    let hasWaited = Turn()
    let thread = BackgroundThread {
      event.wait(after: event.ticket)
      hasWaited.number.store(1, ordering: .relaxed)
    }
    // It does not wait yet, or is woken.
    while hasWaited.number.load(ordering: .relaxed) == 0 { event.notifyAll() }
    thread.join()
    #expect(!event.notifyAll())
  }

  @Test func aWaitAfterAnOldTicketReturnsAtOnce() {
    let event = EventCount()
    let ticket = event.ticket
    event.notifyAll()
    event.wait(after: ticket)
    #expect(event.wait(after: ticket, atMost: 1))
  }

  @Test func aWaitWithoutNotificationEndsAtItsTime() {
    let event = EventCount()
    let clock = ContinuousClock()
    let start = clock.now
    #expect(!event.wait(after: event.ticket, atMost: 20_000_000))
    #expect(clock.now - start >= .milliseconds(20))
  }

  @Test func aNotificationEndsALimitedWaitEarly() {
    let event = EventCount()
    let ticket = event.ticket
    let thread = BackgroundThread { event.notifyAll() }
    #expect(event.wait(after: ticket, atMost: 60_000_000_000))
    thread.join()
  }

  private final class Turn: Sendable {
    let number = Atomic<Int>(0)
  }
}
