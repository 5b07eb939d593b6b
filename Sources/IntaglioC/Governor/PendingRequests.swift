internal import IntaglioStorage

/// The requests of a governor that are not answered.
final class PendingRequests: Sendable {
  private struct State: Sendable {
    /// By number; without a task for one that is just beginning.
    var tasks: [UInt64: Task<Void, Never>?] = [:]
    var newest: UInt64 = 0
    var isClosed = false
  }

  private let state = Locked(State())

  var count: Int { state.withLock { $0.tasks.count } }

  /// Notes that a request begins; gives its number.
  ///
  /// - Throws: `closed` after `close()`.
  func expect() throws(Failure) -> UInt64 {
    try state.withLock { state throws(Failure) in
      guard !state.isClosed else { throw .closed(HandleKind.governor.name) }
      state.newest += 1
      state.tasks[state.newest] = .some(nil)
      return state.newest
    }
  }

  func note(_ task: Task<Void, Never>, _ number: UInt64) {
    let isClosed = state.withLock { state in
      state.tasks[number] = task
      return state.isClosed
    }
    // It came in between: what is there to be cancelled is cancelled once.
    if isClosed { task.cancel() }
  }

  func end(_ number: UInt64) { state.withLock { $0.tasks[number] = nil } }

  /// Takes no more requests.
  func close() { state.withLock { $0.isClosed = true } }

  /// Has those that wait for people give up; all others end by themselves.
  func cancelAll() {
    for case let task? in state.withLock({ Array($0.tasks.values) }) { task.cancel() }
  }
}
