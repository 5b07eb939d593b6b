internal import IntaglioStorage

/// Steps of requests that wait for a thread of the caller's.
///
/// None is run by a thread of the cooperative pool: a forked child has no such threads, and every step handed over to one
/// would cost a switch more.
final class JobQueue: Sendable {
  private struct Job: Sendable {
    let job: UnownedJob
    let executor: RequestExecutor
  }

  private let jobs = Locked<[Job]>([])
  private let events = EventCount()

  fileprivate func add(_ job: UnownedJob, of executor: RequestExecutor) {
    jobs.withLock { $0.append(Job(job: job, executor: executor)) }
    events.notifyAll()
  }

  /// What `wait(after:)` takes; to be read before looking whether there is something to do.
  var ticket: UInt64 { events.ticket }

  /// Runs the oldest step; false if there is none.
  func runNext() -> Bool {
    let next = jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    guard let next else { return false }
    unsafe next.job.runSynchronously(on: next.executor.asUnownedTaskExecutor())
    return true
  }

  /// Has those who wait look again.
  func wake() { events.notifyAll() }

  func wait(after ticket: UInt64) { events.wait(after: ticket) }

  /// Waits at most so many nanoseconds.
  func wait(after ticket: UInt64, atMost nanoseconds: UInt64) {
    events.wait(after: ticket, atMost: nanoseconds)
  }
}

/// Has all steps of one request run by the threads that look into a queue, its first one by the thread that begins it.
final class RequestExecutor: TaskExecutor, Sendable {
  private enum State: Sendable {
    case new
    /// The first step was made, and waits for the thread that began the request.
    case begun(UnownedJob)
    case running
  }

  private let queue: JobQueue
  private let state = Locked(State.new)

  private init(_ queue: JobQueue) { self.queue = queue }

  /// Begins `body`, and returns when it waits for something for the first time, or is done.
  ///
  /// - Parameter note: is given the task before it runs.
  static func begin(
    on queue: JobQueue, _ body: @escaping @Sendable () async -> Void,
    noting note: (Task<Void, Never>) -> Void
  ) {
    let executor = RequestExecutor(queue)
    note(Task(executorPreference: executor, operation: body))
    executor.runFirst()
  }

  private func runFirst() {
    let first = state.withLock { state -> UnownedJob? in
      defer { state = .running }
      return if case .begun(let job) = state { job } else { nil }
    }
    if let first { unsafe first.runSynchronously(on: asUnownedTaskExecutor()) }
  }

  func enqueue(_ job: consuming ExecutorJob) {
    // Who runs the job may let go of the executor before this returns.
    let keep = unsafe Unmanaged.passRetained(self)
    defer { unsafe keep.release() }
    let job = UnownedJob(job)
    let isFirst = state.withLock { state in
      guard case .new = state else { return false }
      state = .begun(job)
      return true
    }
    if !isFirst { queue.add(job, of: self) }
  }
}

/// Does `body`, and blocks the calling thread, which runs all of its steps, until it is done.
///
/// - Parameter note: is given the task before it runs.
func blocking<Value: Sendable>(
  _ body: @escaping @Sendable () async throws -> Value,
  noting note: (Task<Void, Never>) -> Void = { _ in }
) throws -> Value {
  let queue = JobQueue()
  let box = Outcome<Value>()
  RequestExecutor.begin(on: queue) {
    do { box.set(.success(try await body())) } catch { box.set(.failure(error)) }
    queue.wake()
  } noting: {
    note($0)
  }
  while true {
    let ticket = queue.ticket
    if let outcome = box.value { return try outcome.get() }
    if !queue.runNext() { queue.wait(after: ticket) }
  }
}

/// What came of something that another thread may see the end of.
private final class Outcome<Value: Sendable>: Sendable {
  private let result = Locked<Result<Value, any Error>?>(nil)

  var value: Result<Value, any Error>? { result.withLock { $0 } }

  func set(_ value: Result<Value, any Error>) { result.withLock { $0 = value } }
}
