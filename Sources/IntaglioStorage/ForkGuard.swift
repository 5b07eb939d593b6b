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

  /// Whether the calling thread is the one that lives on from the parent.
  ///
  /// A `Mutex` of Linux knows its holder by a number that each thread keeps, and this one still has the number that it had in the
  /// parent: as soon as another thread of the child wants the same lock, the system finds the wrong holder, and the process ends.
  package static var isForkingThread: Bool {
    generation != 0 && forkingThread.load(ordering: .relaxed) == UInt(pthread_self())
  }

  private static let counter = Atomic<Int>(0)
  private static let forkingThread = Atomic<UInt>(0)

  // Descriptors to close in children.
  private static let table = DescriptorTable()

  private static let installation: Void = {
    // Made now: in a child just after fork nothing may have to wait for another thread's making it.
    _ = table
    _ = forkingThread.load(ordering: .relaxed)
    pthread_atfork({ ForkGuard.table.lock() }, { ForkGuard.table.unlock() }) {
      ForkGuard.table.closeAll()
      ForkGuard.table.unlock()
      ForkGuard.forkingThread.store(UInt(pthread_self()), ordering: .relaxed)
      ForkGuard.counter.add(1, ordering: .relaxed)
    }
  }()

  static func closeInChildren(_ descriptor: CInt) {
    _ = installation
    table.insert(descriptor)
  }

  static func forget(_ descriptor: CInt) { table.remove(descriptor) }
}

/// - Its lock is the forking thread's while the process is forked, so that the child finds the table whole. It is one of
///   pthread's for that: a `Mutex` is bound to the number of a thread, which in the child is another.
@safe private final class DescriptorTable: Sendable {
  // Sound to share: touched only under the mutex, which never moves.
  nonisolated(unsafe) private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(
    capacity: 1)
  nonisolated(unsafe) private var descriptors: [CInt] = []

  init() { unsafe pthread_mutex_init(mutex, nil) }

  // Lives as long as the process.
  deinit { preconditionFailure("the table of descriptors is the process's") }

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
