import Glibc

/// Starts a program with its arguments and without a shell; nil if it cannot be started.
func start(_ arguments: [String]) -> pid_t? {
  var child = pid_t()
  var pointers = arguments.map { strdup($0) }
  pointers.append(nil)
  defer { pointers.forEach { free($0) } }
  return posix_spawn(&child, arguments[0], nil, nil, pointers, environ) == 0 ? child : nil
}

/// The exit status of a child, or 128 and the signal that ended it.
func wait(for child: pid_t) -> CInt {
  var status: CInt = 0
  while waitpid(child, &status, 0) < 0 && errno == EINTR {}
  return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
}

/// Runs a program to its end.
func exitStatus(of arguments: [String]) -> CInt? { start(arguments).map { wait(for: $0) } }
