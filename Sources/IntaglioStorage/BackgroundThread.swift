internal import Glibc

/// A thread of the operating system that runs `body` once and is waited for with `join`.
///
/// The engine's threads block in system calls, which a cooperative pool must not.
package final class BackgroundThread: Sendable {
  private let identity: pthread_t

  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  package init(_ body: @escaping @Sendable () -> Void) {
    var identity = pthread_t()
    let context = unsafe Unmanaged.passRetained(Body(body)).toOpaque()
    // Signals are for the threads of the program that embeds the engine.
    var all = sigset_t()
    var before = sigset_t()
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
    let result = unsafe pthread_create(
      &identity, nil,
      { context in
        ForkGuard.working {
          unsafe Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
        }
        return nil
      }, context)
    unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
    precondition(result == 0, "the system has no thread to give: \(result)")
    self.identity = identity
  }

  /// Waits until the body has returned.
  ///
  /// Call it exactly once, or `detach()`.
  package func join() { ForkGuard.waiting { _ = pthread_join(identity, nil) } }

  /// Lets the thread end by itself; nobody may wait for it any more.
  package func detach() { _ = pthread_detach(identity) }

  /// How many threads can run at the same time on this machine; at least one.
  package static let processorCount = max(1, Int(sysconf(CInt(_SC_NPROCESSORS_ONLN))))

  /// Lets other threads run.
  package static func yield() { sched_yield() }
}
