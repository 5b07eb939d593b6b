public import Glibc

/// A value behind a lock.
///
/// The lock is pthread's, not the `Mutex` of the standard library: on Linux that one knows its holder by a number that each thread
/// keeps, over a fork too, where it is another thread's. As soon as two threads of a forked child want such a lock, the process
/// ends or waits for one of its parent's threads, for ever. The thread sanitizer does not see into it either.
///
/// - Whoever holds the lock may not take it again.
/// - Costs: one allocation for each lock, and 7 ns for taking and giving it back where nobody else wants it (Zen 4).
@usableFromInline @safe package struct Locked<Value: ~Copyable>: ~Copyable {
  // They never move, and only the lock's holder touches the value.
  @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
  @usableFromInline let value: UnsafeMutablePointer<Value>

  package init(_ value: consuming sending Value) {
    unsafe mutex = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe self.value = .allocate(capacity: 1)
    unsafe self.value.initialize(to: value)
  }

  deinit {
    unsafe value.deinitialize(count: 1)
    unsafe value.deallocate()
    unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
  }

  /// What `body` gives, which alone has the value meanwhile.
  @inlinable
  package borrowing func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return try unsafe body(&value.pointee)
  }
}

// Sound: only one thread at a time touches the value.
extension Locked: @unchecked Sendable where Value: ~Copyable {}
