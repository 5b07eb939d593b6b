internal import Synchronization

/// A value behind a lock that every process has for itself: a forked child begins with a new one.
///
/// The parent's lock may be held by a thread that the child does not have, and its value stand for threads and files that are the
/// parent's alone. For values that live as long as the process: what was left behind is never freed.
package final class LockedPerProcess<Value: Sendable>: Sendable {
  private final class Box: Sendable {
    let generation: Int
    let value: Locked<Value>

    init(_ value: Value, _ generation: Int) {
      self.generation = generation
      self.value = Locked(value)
    }
  }

  private let initial: Value
  /// The address of the newest box, which is kept for ever; 0 before the first.
  private let current = Atomic<UInt>(0)

  /// - Parameter value: what every process begins with.
  package init(_ value: Value) { initial = value }

  package func withLock<Result, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    try box.value.withLock(body)
  }

  /// This process's box, made by whichever thread comes first, without a lock.
  private var box: Box {
    let generation = ForkGuard.generation
    while true {
      let known = current.load(ordering: .acquiring)
      if let address = unsafe UnsafeRawPointer(bitPattern: known) {
        let box = unsafe Unmanaged<Box>.fromOpaque(address).takeUnretainedValue()
        if box.generation == generation { return box }
      }
      let mine = unsafe Unmanaged.passRetained(Box(initial, generation))
      let isFirst = unsafe current.compareExchange(
        expected: known, desired: UInt(bitPattern: mine.toOpaque()),
        ordering: .acquiringAndReleasing
      ).exchanged
      if isFirst { return unsafe mine.takeUnretainedValue() }
      unsafe mine.release()
    }
  }
}
