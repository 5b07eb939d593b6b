import Glibc

/// What runs `body` in a forked child gives the number of that process; nil if there is no fork(2), which Swift hides for good reasons.
///
/// A function of its own, so that the child has no values to destroy before it exits.
func forked(_ body: () -> CInt) -> pid_t? {
  guard let symbol = dlsym(nil, "fork") else { return nil }
  let child = unsafeBitCast(symbol, to: (@convention(c) () -> pid_t).self)()
  if child == 0 {
    alarm(60)
    _exit(body())
  }
  return child
}

/// The status with which a forked child ends.
func statusOfForked(_ body: () -> CInt) -> CInt? { forked(body).map { wait(for: $0) } }
