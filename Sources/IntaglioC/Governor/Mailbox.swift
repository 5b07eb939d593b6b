internal import CIntaglio
internal import IntaglioStorage
internal import Synchronization

/// The answers to what was sent, for threads that take them, which also run the steps of the requests.
final class Mailbox: Sendable {
  struct Answer: Sendable {
    let id: UInt64
    let bytes: [UInt8]
  }

  private struct State: Sendable {
    var answers: [Answer] = []
    /// Requests that are not answered.
    var pendingCount = 0
    var isClosed = false
  }

  let queue = JobQueue()
  private let state = Locked(State())
  private let clock = SystemClock.system

  /// Notes that a request was sent, which will be answered.
  func expect() throws(Failure) {
    try state.withLock { state throws(Failure) in
      guard !state.isClosed else { throw .closed(HandleKind.governor.name) }
      state.pendingCount += 1
    }
  }

  func put(_ answer: Answer) {
    state.withLock { state in
      state.pendingCount -= 1
      state.answers.append(answer)
    }
    queue.wake()
  }

  /// The oldest answer; waits at most so many nanoseconds, for ever if nil.
  func next(timeout: UInt64?) throws(Failure) -> Answer {
    let deadline = timeout.map { clock.boot().addingReportingOverflow($0) }
      .map { $0.overflow ? UInt64.max : $0.partialValue }
    while true {
      let ticket = queue.ticket
      let (answer, isOver) = state.withLock { state in
        (
          state.answers.isEmpty ? nil : state.answers.removeFirst(),
          state.isClosed && state.pendingCount == 0
        )
      }
      if let answer { return answer }
      if queue.runNext() { continue }
      if isOver { throw .closed(HandleKind.governor.name) }
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

  /// Takes no more requests, and has those that were sent answered; for when the governor is closed.
  func close() {
    state.withLock { $0.isClosed = true }
    queue.wake()
    while state.withLock({ $0.pendingCount > 0 }) {
      let ticket = queue.ticket
      if !queue.runNext() { queue.wait(after: ticket, atMost: 100_000_000) }
    }
    queue.wake()
  }
}
