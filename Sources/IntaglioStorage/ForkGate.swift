internal import Glibc

/// What a fork waits for: a lock that threads at work share, and that the forking thread has for itself.
@safe final class ForkGate: Sendable {
  /// What a thread knows of itself: that it holds the lock with others, or that it forks.
  private final class Mark: Sendable {
    let wasInside: Bool
    let isClosed: Bool

    init(wasInside: Bool = false, isClosed: Bool = false) {
      (self.wasInside, self.isClosed) = (wasInside, isClosed)
    }
  }

  private static let inside = Mark()
  /// Kept for ever, for who has one does not keep it: by whether the thread was inside, and whether the gate is closed.
  private static let forking = [false, true].map { wasInside in
    [false, true].map { Mark(wasInside: wasInside, isClosed: $0) }
  }
  /// In seconds.
  private static let limit = 1

  private let marks = ThreadLocal<Mark>()
  // Sound to share: it never moves, and lives as long as the process.
  nonisolated(unsafe) private let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(
    capacity: 1)

  init() {
    // In a child nobody could finish making them.
    _ = (Self.inside, Self.forking)
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
    guard marks.value !== Self.inside else { return false }
    unsafe pthread_rwlock_rdlock(lock)
    marks.value = Self.inside
    return true
  }

  /// False if the thread was not in.
  @discardableResult
  func leave() -> Bool {
    guard marks.value === Self.inside else { return false }
    marks.value = nil
    unsafe pthread_rwlock_unlock(lock)
    return true
  }

  /// Waits until nobody is in, but not for ever: better a fork amid a call than none.
  func close() {
    let wasInside = leave()
    var deadline = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &deadline)
    deadline.tv_sec += Self.limit
    let isClosed = unsafe pthread_rwlock_timedwrlock(lock, &deadline) == 0
    marks.value = Self.forking[wasInside ? 1 : 0][isClosed ? 1 : 0]
  }

  /// In the parent.
  func open() {
    let mark = marks.value
    marks.value = nil
    if mark?.isClosed == true { unsafe pthread_rwlock_unlock(lock) }
    if mark?.wasInside == true { enter() }
  }

  /// In the child, where nobody else is: its thread has another number, and so could not give the lock back.
  func openAnew() {
    let mark = marks.value
    marks.value = nil
    initializeLock()
    if mark?.wasInside == true { enter() }
  }
}
