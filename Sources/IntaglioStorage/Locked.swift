package import Synchronization

/// A value behind a `Mutex`, in a way that the thread sanitizer understands.
///
/// The sanitizer does not see into the `Mutex` of Linux, and would call everything behind one a race. With
/// `-DINTAGLIO_THREAD_SANITIZER` it is told what the lock orders; otherwise this is the `Mutex` and nothing else.
package struct Locked<Value: ~Copyable>: ~Copyable {
  @usableFromInline package let mutex: Mutex<Value>

  @inlinable package init(_ value: consuming sending Value) { mutex = Mutex(value) }

  @inlinable package borrowing func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    #if INTAGLIO_THREAD_SANITIZER
      try mutex.withLock { value throws(Failure) in
        unsafe withUnsafePointer(to: mutex) { unsafe threadSanitizerAcquire($0) }
        defer { unsafe withUnsafePointer(to: mutex) { unsafe threadSanitizerRelease($0) } }
        return try body(&value)
      }
    #else
      try mutex.withLock(body)
    #endif
  }
}

extension Locked: @unchecked Sendable where Value: ~Copyable {
  // As `Mutex`: only one thread at a time touches the value.
}

#if INTAGLIO_THREAD_SANITIZER
  @_silgen_name("__tsan_acquire")
  @usableFromInline func threadSanitizerAcquire(_ address: UnsafeRawPointer)
  @_silgen_name("__tsan_release")
  @usableFromInline func threadSanitizerRelease(_ address: UnsafeRawPointer)
#endif
