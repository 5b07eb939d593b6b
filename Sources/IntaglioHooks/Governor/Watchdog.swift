internal import IntaglioStorage

/// Gives up answers that take longer than they may, so that a disk that stalls holds no run for ever.
final class Watchdog: Sendable {
  private struct Entry: Sendable {
    let answer: any PendingAnswer
    let deadline: UInt64
    let timeout: UInt64
  }

  private struct State: Sendable {
    var entries: [Entry] = []
    var isAsleep = false
    var isStopped = false
  }

  private let state = Locked(State())
  private let events = EventCount()
  /// Not a test's clock: a disk that stalls does so in real time.
  private let clock = SystemClock.system
  /// How long a look back may be late, in nanoseconds; a small part of any timeout.
  private static let pause: UInt64 = 20_000_000

  /// Watches `answer` for `timeout` nanoseconds from now.
  func watch(_ answer: some PendingAnswer, timeout: UInt64) {
    let entry = Entry(answer: answer, deadline: clock.boot() &+ timeout, timeout: timeout)
    let wasAsleep = state.withLock { state in
      state.entries.append(entry)
      defer { state.isAsleep = false }
      return state.isAsleep
    }
    if wasAsleep { events.notifyAll() }
  }

  func stop() {
    state.withLock { $0.isStopped = true }
    events.notifyAll()
  }

  /// The thread's work: looks through what is pending, and sleeps while nothing is.
  func run() {
    while true {
      let ticket = events.ticket
      let now = clock.boot()
      let (late, isStopped, isIdle) = state.withLock { state in
        state.entries.removeAll { $0.answer.isGiven }
        let late = state.entries.filter { $0.deadline <= now }
        state.entries.removeAll { $0.deadline <= now }
        state.isAsleep = state.entries.isEmpty
        return (late, state.isStopped, state.isAsleep)
      }
      for entry in late { entry.answer.giveUp(Self.error(entry.timeout)) }
      if isStopped { return }
      if isIdle {
        events.wait(after: ticket)
      } else {
        events.wait(after: ticket, atMost: Self.pause)
      }
    }
  }

  private static func error(_ timeout: UInt64) -> GovernorError {
    GovernorError(
      .engineTimeout,
      "the engine did not answer in \(timeout / 1_000_000) ms: the disk may be stalled; the run is over, and nothing that was asked for may be done"
    )
  }
}
