internal import Glibc

/// What a fork waits for: a lock that threads at work share, and that the forking thread has for itself.
@safe final class ForkGate: Sendable {
  private final class Mark: Sendable {}

  /// What a thread has that holds the lock with others.
  private static let mark = Mark()
  private static let limit = 1

  private let marks = ThreadLocal<Mark>()
  // Sound to share: it never moves, and lives as long as the process.
  nonisolated(unsafe) private let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(
    capacity: 1)
  // Of the forking thread, between `close` and `open`; forks are one at a time.
  nonisolated(unsafe) private var isClosed = false
  nonisolated(unsafe) private var wasInside = false

  init() {
    _ = Self.mark
    initializeLock()
  }

  /// Lets nobody in while a fork waits, or it might wait for ever.
  private func initializeLock() {
    var attributes = pthread_rwlockattr_t()
    unsafe pthread_rwlockattr_init(&attributes)
    unsafe pthread_rwlockattr_setkind_np(
      &attributes, CInt(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP))
    unsafe pthread_rwlock_init(lock, &attributes)
    unsafe pthread_rwlockattr_destroy(&attributes)
  }

  /// Waits for the end of a fork that is under way; false if the thread was in already.
  @discardableResult
  func enter() -> Bool {
    guard marks.value == nil else { return false }
    unsafe pthread_rwlock_rdlock(lock)
    marks.value = Self.mark
    return true
  }

  /// False if the thread was not in.
  @discardableResult
  func leave() -> Bool {
    guard marks.value != nil else { return false }
    marks.value = nil
    unsafe pthread_rwlock_unlock(lock)
    return true
  }

  /// Waits until nobody is in, but not for ever: better a fork amid a call than none.
  func close() {
    unsafe wasInside = leave()
    var deadline = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &deadline)
    deadline.tv_sec += Self.limit
    unsafe isClosed = unsafe pthread_rwlock_timedwrlock(lock, &deadline) == 0
  }

  /// In the parent.
  func open() {
    if unsafe isClosed { unsafe pthread_rwlock_unlock(lock) }
    if unsafe wasInside { enter() }
  }

  /// In the child, where nobody else is: its thread has another number, and so could not give the lock back.
  func openAnew() {
    initializeLock()
    if unsafe wasInside { enter() }
  }
}
