#if !INTAGLIO_THREAD_SANITIZER
  package import Synchronization

  /// A value behind a lock: the `Mutex` of the standard library, by a name under which the thread sanitizer can have another.
  package typealias Locked<Value: ~Copyable> = Mutex<Value>
#else
  internal import Synchronization

  /// A `Mutex` that tells the thread sanitizer what it orders; the sanitizer does not see into the `Mutex` of Linux, and
  /// would call everything behind one a race.
  package struct Locked<Value: ~Copyable>: ~Copyable {
    private let mutex: Mutex<Value>

    package init(_ value: consuming sending Value) { mutex = Mutex(value) }

    package borrowing func withLock<Result: ~Copyable, Failure: Error>(
      _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
      try mutex.withLock { value throws(Failure) in
        unsafe withUnsafePointer(to: mutex) { unsafe threadSanitizerAcquire($0) }
        defer { unsafe withUnsafePointer(to: mutex) { unsafe threadSanitizerRelease($0) } }
        return try body(&value)
      }
    }
  }

  extension Locked where Value: ~Copyable {
    package borrowing func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
      _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result? {
      try mutex.withLockIfAvailable { value throws(Failure) in
        unsafe withUnsafePointer(to: mutex) { unsafe threadSanitizerAcquire($0) }
        defer { unsafe withUnsafePointer(to: mutex) { unsafe threadSanitizerRelease($0) } }
        return try body(&value)
      }
    }
  }

  // As `Mutex`: only one thread at a time touches the value.
  extension Locked: @unchecked Sendable where Value: ~Copyable {}

  @_silgen_name("__tsan_acquire")
  private func threadSanitizerAcquire(_ address: UnsafeRawPointer)
  @_silgen_name("__tsan_release")
  private func threadSanitizerRelease(_ address: UnsafeRawPointer)
#endif
