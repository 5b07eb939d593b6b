internal import Glibc
internal import Synchronization

/// Knows whether this process was forked since a log was opened.
///
/// After fork(2) only the forking thread lives on in the child: the committer is gone and locks may be held by threads
/// that are no more. A log therefore compares `generation` before it takes any lock, and answers with an error.
package enum ForkGuard {
  /// Changes in every forked child.
  package static var generation: Int {
    _ = installation
    return counter.load(ordering: .relaxed)
  }

  private static let counter = Atomic<Int>(0)

  // Descriptors to close in children.
  private static let table = DescriptorTable()

  private static let gate = ForkGate()

  private static let installation: Void = {
    // Made now: in a child just after fork nothing may have to wait for another thread's making it.
    _ = table
    // The forking thread holds both locks, so that the child finds the table whole, and nobody amid a call.
    pthread_atfork(
      {
        ForkGuard.gate.close()
        ForkGuard.table.lock()
      },
      {
        ForkGuard.table.unlock()
        ForkGuard.gate.open()
      },
      {
        ForkGuard.table.closeAll()
        ForkGuard.table.unlock()
        ForkGuard.gate.openAnew()
        ForkGuard.counter.add(1, ordering: .relaxed)
      })
  }()

  /// Runs `body`, and lets forks wait for its end, but at most a second.
  ///
  /// What one thread has begun to make, a static or the metadata of a type, nobody ever finishes in a child that is forked
  /// meanwhile, and the first to need it there would wait for ever. The calls of a C program and the engine's own threads
  /// therefore run in here, and leave with `waiting` for as long as they wait for others.
  package static func working<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    _ = installation
    let isOutermost = gate.enter()
    defer { if isOutermost { gate.leave() } }
    return try body()
  }

  /// Runs `body`, in which the thread waits for others, so that forks need not wait for it.
  static func waiting<Result>(_ body: () -> Result) -> Result {
    _ = installation
    let wasWorking = gate.leave()
    defer { if wasWorking { gate.enter() } }
    return body()
  }

  /// Lets a fork that waits go ahead, between two parts of work that takes long.
  package static func letForksBy() { waiting {} }

  static func closeInChildren(_ descriptor: CInt) {
    _ = installation
    table.insert(descriptor)
  }

  static func forget(_ descriptor: CInt) { table.remove(descriptor) }
}

/// A lock that is taken and given back apart, around a fork: `Locked` lends its only to a closure.
@safe private final class DescriptorTable: Sendable {
  // Sound to share: the numbers are touched only under the mutex, which never moves. Both live as long as the process.
  nonisolated(unsafe) private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(
    capacity: 1)
  nonisolated(unsafe) private var descriptors: [CInt] = []

  init() { unsafe pthread_mutex_init(mutex, nil) }

  func lock() { unsafe pthread_mutex_lock(mutex) }
  func unlock() { unsafe pthread_mutex_unlock(mutex) }

  func insert(_ descriptor: CInt) {
    lock()
    defer { unlock() }
    unsafe descriptors.append(descriptor)
  }

  func remove(_ descriptor: CInt) {
    lock()
    defer { unlock() }
    unsafe descriptors.removeAll { $0 == descriptor }
  }

  /// In a child just after fork, by whoever holds the lock.
  func closeAll() {
    // The numbers stay taken, so that who closes one later closes nobody else's file.
    let null = unsafe Glibc.open("/dev/null", O_RDWR | O_CLOEXEC)
    for descriptor in unsafe descriptors { dup2(null, descriptor) }
    Glibc.close(null)
    unsafe descriptors.removeAll(keepingCapacity: true)
  }
}
