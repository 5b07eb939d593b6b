internal import IntaglioStorage

/// The threads on which the bodies of a governor's runs go on; between two steps of a task they do the log's work themselves.
///
/// A task that asks the governor suspends, and gives its thread back. If nobody is at the log then, this thread appends and syncs,
/// and goes on with the task that it has answered: nobody has to be woken, which would take about half as long as the sync.
///
/// - There is a thread for each processor and one more, for one may be in a sync. Each is begun when there is work that nobody is
///   free for, and sleeps without work.
/// - A thread that leads the log's work may block in a sync, as the cooperative pool's threads must not. If tasks are ready
///   then, others are woken for them.
/// - A thread leads one round and turns to its tasks again; who asks meanwhile is answered by the governor's own thread.
final class RunExecutor: TaskExecutor {
  private let pool: WorkerPool

  init(for thread: GovernorThread) { pool = WorkerPool(thread) }

  func enqueue(_ job: consuming ExecutorJob) { pool.enqueue(UnownedJob(job), of: self) }

  // Its threads have nothing to do any more: each entry of the pool keeps its executor.
  deinit { pool.stop() }
}

/// One of the threads, as it knows itself.
final class Worker {
  static let current = ThreadLocal<Worker>()
  /// Whose work it does between tasks.
  let thread: GovernorThread
  /// Whether it is at the log, and takes what becomes ready by that itself.
  var isLeading = false

  init(_ thread: GovernorThread) { self.thread = thread }
}

/// What is ready to go on, and the threads that do it.
private final class WorkerPool: Sendable {
  private struct Entry: Sendable {
    let job: UnownedJob
    let executor: RunExecutor
  }

  private struct State: Sendable {
    /// First in, first out: those before `first` are taken.
    var entries: [Entry?] = []
    var first = 0
    var threadCount = 0
    var isStopped = false

    var isEmpty: Bool { first == entries.count }

    mutating func take() -> Entry? {
      guard !isEmpty else { return nil }
      defer {
        entries[first] = nil
        first += 1
        if isEmpty { (entries, first) = ([], 0) }
      }
      return entries[first]
    }
  }

  private let thread: GovernorThread
  private let state = Locked(State())
  private let events = EventCount()

  init(_ thread: GovernorThread) { self.thread = thread }

  func enqueue(_ job: UnownedJob, of executor: RunExecutor) {
    state.withLock { $0.entries.append(Entry(job: job, executor: executor)) }
    // Who leads takes it up itself, and wakes others for the rest.
    if Worker.current.value?.isLeading != true { wake() }
  }

  func stop() {
    state.withLock { $0.isStopped = true }
    events.notifyAll()
  }

  private func wake() {
    guard !events.notifyAll() else { return }
    let mayBegin = state.withLock { state in
      guard state.threadCount <= BackgroundThread.processorCount else { return false }
      state.threadCount += 1
      return true
    }
    if mayBegin { BackgroundThread { [self] in work() }.detach() }
  }

  private enum Step: Sendable {
    case run(Entry, leavesMore: Bool)
    case sleep
    case stop
  }

  private func work() {
    let worker = Worker(thread)
    Worker.current.value = worker
    defer { Worker.current.value = nil }
    while true {
      let ticket = events.ticket
      let step = state.withLock { state -> Step in
        if let entry = state.take() { return .run(entry, leavesMore: !state.isEmpty) }
        return state.isStopped ? .stop : .sleep
      }
      switch step {
      case .run(let entry, let leavesMore):
        if leavesMore { wake() }
        unsafe entry.job.runSynchronously(on: entry.executor.asUnownedTaskExecutor())
        lead(as: worker)
      case .sleep: events.wait(after: ticket)
      case .stop: return
      }
    }
  }

  /// Does what the tasks have asked for, if nobody is at it.
  private func lead(as worker: Worker) {
    worker.isLeading = true
    thread.lead {
      if !state.withLock({ $0.isEmpty }) { wake() }
    }
    worker.isLeading = false
  }
}
