internal import IntaglioStorage

/// What a task waits for, given once: by the governor's thread, or by the watchdog when that takes too long.
final class Answer<Value: Sendable>: PendingAnswer {
  typealias Outcome = Result<Value, GovernorError>

  private enum State: Sendable {
    case empty
    case waiting(CheckedContinuation<Outcome, Never>)
    case early(Outcome)
    case given
  }

  private let state = Locked(State.empty)

  /// Suspends until the answer is given; called once.
  func wait() async -> Outcome {
    await withCheckedContinuation { continuation in
      let early = state.withLock { state -> Outcome? in
        if case .early(let outcome) = state {
          state = .given
          return outcome
        }
        state = .waiting(continuation)
        return nil
      }
      if let early { continuation.resume(returning: early) }
    }
  }

  /// Gives the answer; false if another was given before.
  @discardableResult
  func give(_ outcome: Outcome) -> Bool {
    let (continuation, isFirst) = state.withLock {
      state -> (CheckedContinuation<Outcome, Never>?, Bool) in
      switch state {
      case .empty:
        state = .early(outcome)
        return (nil, true)
      case .waiting(let continuation):
        state = .given
        return (continuation, true)
      case .early, .given: return (nil, false)
      }
    }
    continuation?.resume(returning: outcome)
    return isFirst
  }

  var isGiven: Bool {
    state.withLock {
      switch $0 {
      case .early, .given: true
      case .empty, .waiting: false
      }
    }
  }

  func giveUp(_ error: GovernorError) { give(.failure(error)) }
}

/// An answer as the watchdog sees it.
protocol PendingAnswer: AnyObject, Sendable {
  var isGiven: Bool { get }
  func giveUp(_ error: GovernorError)
}
