internal import Intaglio
internal import IntaglioStorage
internal import Synchronization

/// The one thread that touches a governor's log: it may block there, as the threads of a cooperative pool must not.
///
/// It takes all jobs that wait, lets each append, and syncs once for all of them: 64 runs that ask at once share one sync.
final class GovernorThread: Sendable {
  /// What is done on the thread, with the core that nothing else touches.
  struct Job: Sendable {
    /// Appends what there is to append; gives whom to tell, and whether only after a sync.
    let run: @Sendable (GovernorCore) -> Ending
  }

  struct Ending {
    let needsSync: Bool
    /// Called with nil, or with why the sync failed.
    let finish: (GovernorError?) -> Void
  }

  private struct Queue: Sendable {
    var jobs: [Job] = []
    var isClosed = false
  }

  private let queue = Locked(Queue())
  private let events = EventCount()
  let watchdog = Watchdog()
  private let inboxReader = InboxReader()
  private let threads = Locked<[BackgroundThread]>([])
  private let forkGeneration = ForkGuard.generation

  /// Starts the thread; `core` is its own from now on.
  init(_ core: sending GovernorCore) {
    let box = SendingBox(core)
    threads.withLock { threads in
      threads.append(BackgroundThread { [self] in run(box.take()) })
      threads.append(BackgroundThread { [watchdog] in watchdog.run() })
      threads.append(BackgroundThread { [self] in inboxReader.run { lookIntoInbox() } })
    }
  }

  /// Runs `body` on the thread and suspends until it has, and with `durably` until all it appended is synced.
  ///
  /// - Parameter timeout: in nanoseconds; the answer is then `engine_timeout`, whatever becomes of the job.
  func perform<Value: Sendable>(
    durably: Bool, timeout: UInt64,
    _ body: @escaping @Sendable (GovernorCore) throws(GovernorError) -> Value
  ) async -> Result<Value, GovernorError> {
    guard ForkGuard.generation == forkGeneration else { return .failure(Self.forked) }
    let answer = Answer<Value>()
    let job = Job { core in
      let outcome = Result { () throws(GovernorError) in try body(core) }
      return Ending(needsSync: durably) { failure in
        answer.give(failure.map { .failure($0) } ?? outcome)
      }
    }
    guard enqueue(job) else { return .failure(Self.closed) }
    watchdog.watch(answer, timeout: timeout)
    return await answer.wait()
  }

  /// Has the thread take the decisions that lie in the inbox.
  private func lookIntoInbox() {
    // What cannot be recorded now is found again the next time: the file stays.
    order { core in try? core.readInbox() }
  }

  /// Has `body` done behind what is queued, for nobody who waits; nothing if the thread has ended.
  func order(_ body: @escaping @Sendable (GovernorCore) -> Void) {
    guard ForkGuard.generation == forkGeneration else { return }
    _ = enqueue(
      Job { core in
        body(core)
        return Ending(needsSync: false) { _ in }
      })
  }

  private func enqueue(_ job: Job) -> Bool {
    let isOpen = queue.withLock { queue in
      if !queue.isClosed { queue.jobs.append(job) }
      return !queue.isClosed
    }
    if isOpen { events.notifyAll() }
    return isOpen
  }

  /// Does what is queued, and ends the threads; blocks until they have.
  func close() {
    inboxReader.stop()
    queue.withLock { $0.isClosed = true }
    events.notifyAll()
    guard ForkGuard.generation == forkGeneration else { return }
    let threads = threads.withLock { threads in
      defer { threads = [] }
      return threads
    }
    threads.first?.join()
    watchdog.stop()
    for thread in threads.dropFirst() { thread.join() }
  }

  private func run(_ core: GovernorCore) {
    while true {
      let ticket = events.ticket
      let (jobs, isClosed) = queue.withLock { queue in
        defer { queue.jobs = [] }
        return (queue.jobs, queue.isClosed)
      }
      if jobs.isEmpty {
        if isClosed { return core.close() }
        events.wait(after: ticket)
        continue
      }
      var waiting: [Ending] = []
      for job in jobs {
        let ending = job.run(core)
        if ending.needsSync { waiting.append(ending) } else { ending.finish(nil) }
      }
      guard !waiting.isEmpty || !core.told.isEmpty else { continue }
      let failure = core.synchronize()
      for ending in waiting { ending.finish(failure) }
      for (answer, state) in core.told {
        answer.give(failure.map { .failure($0) } ?? .success(state))
      }
      core.told = []
    }
  }

  private static let forked = GovernorError(
    .forked, "the process was forked after the store was opened: open the store again in the child")
  static let closed = GovernorError(
    .closed, "the governor was closed: open the store again")
}

/// Hands a value that is not Sendable from the thread that made it to the one that keeps it.
private final class SendingBox: @unchecked Sendable {
  // Sound: put in once before the thread begins, taken out once by it.
  private var core: GovernorCore?

  init(_ core: sending GovernorCore) { self.core = core }

  func take() -> GovernorCore {
    defer { core = nil }
    return core!
  }
}
