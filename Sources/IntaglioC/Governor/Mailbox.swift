internal import CIntaglio
internal import IntaglioStorage

/// The answers to what was sent, for threads that take them, which also run the steps of the requests.
final class Mailbox: Sendable {
  struct Answer: Sendable {
    let id: UInt64
    let bytes: [UInt8]
  }

  private struct State: Sendable {
    var answers: [Answer] = []
    var isClosed = false
  }

  let queue = JobQueue()
  private let state = Locked(State())
  private let clock = SystemClock.system

  func put(_ answer: Answer) {
    state.withLock { $0.answers.append(answer) }
    queue.wake()
  }

  /// The oldest answer; waits at most so many nanoseconds, for ever if nil.
  func next(timeout: UInt64?) throws(Failure) -> Answer {
    let deadline = timeout.map { clock.boot().addingReportingOverflow($0) }
      .map { $0.overflow ? UInt64.max : $0.partialValue }
    while true {
      let ticket = queue.ticket
      let (answer, isClosed) = state.withLock { state in
        (state.answers.isEmpty ? nil : state.answers.removeFirst(), state.isClosed)
      }
      if let answer { return answer }
      if queue.runNext() { continue }
      if isClosed { throw .closed(HandleKind.governor.name) }
      guard let deadline else {
        queue.wait(after: ticket)
        continue
      }
      let now = clock.boot()
      guard now < deadline else {
        throw Failure(
          INTAGLIO_ERROR_TIMEOUT, "timeout", "no answer came in the time that was given")
      }
      queue.wait(after: ticket, atMost: deadline - now)
    }
  }

  /// Wakes those who wait: no more answers will come.
  func close() {
    state.withLock { $0.isClosed = true }
    queue.wake()
  }
}
