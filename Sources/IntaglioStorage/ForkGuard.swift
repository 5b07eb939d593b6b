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

  private static let installation: Void = {
    // Made now: in a child just after fork nothing may have to wait for another thread's making it.
    _ = table
    pthread_atfork(nil, nil) {
      // The table is the parent's until the generation changes.
      ForkGuard.table.closeAll()
      ForkGuard.counter.add(1, ordering: .relaxed)
    }
  }()

  static func closeInChildren(_ descriptor: CInt) {
    _ = installation
    table.insert(descriptor)
  }

  static func forget(_ descriptor: CInt) { table.remove(descriptor) }
}

private final class DescriptorTable: Sendable {
  private let slots = LockedPerProcess<[CInt]>([])

  func insert(_ descriptor: CInt) { slots.withLock { $0.append(descriptor) } }
  func remove(_ descriptor: CInt) { slots.withLock { $0.removeAll { $0 == descriptor } } }

  /// In a child just after fork: the lock may be held by a thread that is gone, so it is only tried.
  func closeAll() {
    _ = slots.withLockIfAvailable { descriptors in
      // The numbers stay taken, so that who closes one later closes nobody else's file.
      let null = unsafe Glibc.open("/dev/null", O_RDWR | O_CLOEXEC)
      for descriptor in descriptors { dup2(null, descriptor) }
      Glibc.close(null)
      descriptors.removeAll(keepingCapacity: true)
    }
  }
}
