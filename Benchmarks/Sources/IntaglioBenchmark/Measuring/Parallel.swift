import Glibc

/// Runs `body` on `count` threads of the system at once, and returns when all are done; one runs here.
func inParallel(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  guard count > 1 else { return body(0) }
  let threads = (0..<count).map { index in SystemThread { body(index) } }
  for thread in threads { thread.join() }
}

/// A thread of the system; `join` must be called once.
final class SystemThread {
  private var handle = pthread_t()

  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  init(_ body: @escaping @Sendable () -> Void) {
    let work = Unmanaged.passRetained(Work(body)).toOpaque()
    let code = pthread_create(
      &handle, nil,
      { work in
        Unmanaged<Work>.fromOpaque(work!).takeRetainedValue().body()
        return nil
      }, work)
    precondition(code == 0, "the system has no more threads")
  }

  func join() { pthread_join(handle, nil) }
}
