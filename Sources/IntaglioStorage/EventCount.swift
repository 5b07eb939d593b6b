internal import Glibc

/// Threads that wait for something to have happened, without missing it.
///
/// A waiter reads `ticket`, looks whether what it waits for is so, and if not calls `wait(after: ticket)`, which returns at
/// once if `notify` was called in between.
@safe package final class EventCount: Sendable {
  // Sound to share: the fields are touched only under the mutex, which never moves.
  nonisolated(unsafe) private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(
    capacity: 1)
  nonisolated(unsafe) private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(
    capacity: 1)
  nonisolated(unsafe) private var count: UInt64 = 0
  nonisolated(unsafe) private var waiterCount = 0

  package init() {
    unsafe pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    unsafe pthread_condattr_init(&attributes)
    unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    unsafe pthread_cond_init(condition, &attributes)
    unsafe pthread_condattr_destroy(&attributes)
  }

  deinit {
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe condition.deallocate()
    unsafe mutex.deallocate()
  }

  package var ticket: UInt64 {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return unsafe count
  }

  /// Wakes all waiters, and whoever has a ticket from before and does not wait yet; false if nobody waited.
  ///
  /// There is no call that wakes one: `pthread_cond_signal` of glibc before 2.41 can wake nobody (its bug 25847).
  @discardableResult
  package func notifyAll() -> Bool {
    unsafe pthread_mutex_lock(mutex)
    unsafe count += 1
    let hasWaiters = unsafe waiterCount > 0
    unsafe pthread_mutex_unlock(mutex)
    if hasWaiters { unsafe pthread_cond_broadcast(condition) }
    return hasWaiters
  }

  package func wait(after ticket: UInt64) {
    _ = ForkGuard.waiting { waitHere(after: ticket, until: nil) }
  }

  /// Waits as `wait(after:)` does, but at most `nanoseconds`; false if that time passed.
  @discardableResult
  package func wait(after ticket: UInt64, atMost nanoseconds: UInt64) -> Bool {
    var deadline = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &deadline)
    let now = UInt64(deadline.tv_sec) * 1_000_000_000 + UInt64(deadline.tv_nsec)
    let end = now + min(nanoseconds, 1 << 62)
    deadline.tv_sec = Int(end / 1_000_000_000)
    deadline.tv_nsec = Int(end % 1_000_000_000)
    return ForkGuard.waiting { waitHere(after: ticket, until: deadline) }
  }

  private func waitHere(after ticket: UInt64, until deadline: timespec?) -> Bool {
    unsafe pthread_mutex_lock(mutex)
    unsafe waiterCount += 1
    var result: CInt = 0
    while unsafe count == ticket && result == 0 {
      if var deadline {
        result = unsafe pthread_cond_timedwait(condition, mutex, &deadline)
      } else {
        unsafe pthread_cond_wait(condition, mutex)
      }
    }
    unsafe waiterCount -= 1
    let happened = unsafe count != ticket
    unsafe pthread_mutex_unlock(mutex)
    return happened
  }
}
