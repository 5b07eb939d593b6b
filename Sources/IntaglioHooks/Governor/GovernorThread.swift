internal import Intaglio
internal import IntaglioStorage

/// What is asked of a governor's log, and who does it: one thread at a time, which may block as the threads of a cooperative pool
/// must not.
///
/// Whoever leads takes all jobs that wait, lets each append, and syncs once for all of them: 64 runs that ask at once share one
/// sync. A thread of runs leads for its own task when nobody else does; for all others there is a thread of the governor's own.
///
/// - The core is touched only by who leads, and one thread at a time does.
/// - A job that waits while nobody leads has a thread on its way: the governor's own was woken, or a thread of runs looks
///   for it as soon as the task that asked has suspended.
final class GovernorThread: Sendable {
  /// What is done with the core, which nothing else touches then.
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
    /// Whether somebody leads.
    var isLed = false
    var isClosed = false

    /// All that wait, for who leads from now on; nil if nobody waits or somebody leads.
    mutating func beginRound() -> [Job]? {
      guard !isLed, !jobs.isEmpty else { return nil }
      isLed = true
      defer { jobs = [] }
      return jobs
    }
  }

  private let core: CoreBox
  private let queue = Locked(Queue())
  private let events = EventCount()
  let watchdog = Watchdog()
  private let inboxReader = InboxReader()
  private let threads = Locked<[BackgroundThread]>([])
  private let forkGeneration = ForkGuard.generation

  /// Starts the threads; `core` is theirs from now on.
  init(_ core: sending GovernorCore) {
    self.core = CoreBox(core)
    threads.withLock { threads in
      threads.append(BackgroundThread { [self] in run() })
      threads.append(BackgroundThread { [watchdog] in watchdog.run() })
      threads.append(BackgroundThread { [self] in inboxReader.run { lookIntoInbox() } })
    }
  }

  /// Has `body` done and suspends until it is, and with `durably` until all it appended is synced.
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
    guard enqueue(job, isWaitedFor: true) else { return .failure(Self.closed) }
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
      }, isWaitedFor: false)
  }

  /// - Parameter isWaitedFor: whether the task that calls does nothing more than to suspend.
  private func enqueue(_ job: Job, isWaitedFor: Bool) -> Bool {
    let isOpen = queue.withLock { queue in
      if !queue.isClosed { queue.jobs.append(job) }
      return !queue.isClosed
    }
    let isSeenTo = isWaitedFor && Worker.current.value?.thread === self
    if isOpen, !isSeenTo { events.notifyAll() }
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

  private enum Step: Sendable {
    case lead([Job])
    case wait
    case close
  }

  /// The work of the governor's own thread.
  private func run() {
    while true {
      let ticket = events.ticket
      let step = queue.withLock { queue -> Step in
        if let jobs = queue.beginRound() { return .lead(jobs) }
        return queue.isClosed && !queue.isLed ? .close : .wait
      }
      switch step {
      case .lead(let jobs): lead(jobs) {}
      case .wait: events.wait(after: ticket)
      case .close: return core.value.close()
      }
    }
  }

  /// Does one round for all who wait, if there are any and nobody leads; what has come by then is for the governor's own thread.
  ///
  /// - Parameter willBlock: called before the sync.
  func lead(_ willBlock: () -> Void) {
    guard let jobs = queue.withLock({ $0.beginRound() }) else { return }
    lead(jobs, willBlock)
  }

  private func lead(_ jobs: [Job], _ willBlock: () -> Void) {
    doRound(jobs, core.value, willBlock)
    let leavesMore = queue.withLock { queue in
      queue.isLed = false
      return !queue.jobs.isEmpty || queue.isClosed
    }
    if leavesMore { events.notifyAll() }
  }

  private func doRound(_ jobs: [Job], _ core: GovernorCore, _ willBlock: () -> Void) {
    var waiting: [Ending] = []
    for job in jobs {
      let ending = job.run(core)
      if ending.needsSync { waiting.append(ending) } else { ending.finish(nil) }
    }
    guard !waiting.isEmpty || !core.told.isEmpty else { return }
    willBlock()
    let failure = core.synchronize()
    for ending in waiting { ending.finish(failure) }
    for (answer, state) in core.told {
      answer.give(failure.map { .failure($0) } ?? .success(state))
    }
    core.told = []
  }

  private static let forked = GovernorError(
    .forked, "the process was forked after the store was opened: open the store again in the child")
  static let closed = GovernorError(
    .closed, "the governor was closed: open the store again")
}

/// Holds the core, which is not Sendable.
private final class CoreBox: @unchecked Sendable {
  // Sound: only who leads takes it, which one thread at a time does; the queue's lock orders one after the other.
  let value: GovernorCore

  init(_ core: sending GovernorCore) { value = core }
}
