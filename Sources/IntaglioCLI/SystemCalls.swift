// What the command asks of the system besides files: the only `unsafe` in it.
internal import Glibc
internal import SystemPackage

enum Signals {
  static func ignoreBrokenPipes() { _ = signal(SIGPIPE, SIG_IGN) }

  /// Holds SIGINT and SIGTERM back from now on, for `wait`.
  static func holdInterruptions() {
    var signals = interruptions
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  /// Waits until SIGINT or SIGTERM is there: true; or until the time has passed: false.
  static func waitForInterruption(milliseconds: Int) -> Bool {
    var signals = interruptions
    var time = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
    return unsafe sigtimedwait(&signals, nil, &time) > 0
  }

  private static var interruptions: sigset_t {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGINT)
    unsafe sigaddset(&signals, SIGTERM)
    return signals
  }
}

extension FileDescriptor {
  var isTerminal: Bool { isatty(rawValue) == 1 }

  /// Whether this is a pipe or socket that nobody reads any more.
  var isAbandoned: Bool {
    var request = pollfd(fd: rawValue, events: 0, revents: 0)
    return unsafe poll(&request, 1, 0) > 0 && request.revents & Int16(POLLERR) != 0
  }

  /// The next bytes, up to `byteCount`; none at the end.
  func readBytes(upTo byteCount: Int) throws -> [UInt8] {
    try unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
      count = try unsafe read(into: UnsafeMutableRawBufferPointer(buffer))
    }
  }
}

/// Runs this program with `arguments` as a process of its own in `directory`; gives its exit code and all that it printed.
///
/// Blocks until it has ended.
func runOwnProgram(
  _ arguments: [String], in directory: FilePath
) throws -> (exitCode: CInt, output: String) {
  let pipe = try FileDescriptor.pipe()
  var actions = unsafe posix_spawn_file_actions_t()
  unsafe posix_spawn_file_actions_init(&actions)
  defer { unsafe posix_spawn_file_actions_destroy(&actions) }
  for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
    unsafe posix_spawn_file_actions_adddup2(&actions, pipe.writeEnd.rawValue, descriptor)
  }
  for end in [pipe.readEnd, pipe.writeEnd] {
    unsafe posix_spawn_file_actions_addclose(&actions, end.rawValue)
  }
  guard let program = unsafe realpath("/proc/self/exe", nil) else { throw Errno(rawValue: errno) }
  defer { unsafe free(program) }
  // posix_spawn itself changes no directory.
  let shell = ["sh", "-c", "cd -- \"$0\" && exec \"$@\"", directory.string]
  var pointers = unsafe (shell + [String(cString: program)] + arguments).map { unsafe strdup($0) }
  unsafe pointers.append(nil)
  defer { unsafe pointers.forEach { unsafe free($0) } }
  var child = pid_t()
  let failure = unsafe posix_spawn(&child, "/bin/sh", &actions, nil, pointers, environ)
  try pipe.writeEnd.close()
  defer { try? pipe.readEnd.close() }
  guard failure == 0 else { throw Errno(rawValue: failure) }
  var output: [UInt8] = []
  while case let bytes = try pipe.readEnd.readBytes(upTo: 1 << 16), !bytes.isEmpty {
    output += bytes
  }
  var status: CInt = 0
  while unsafe waitpid(child, &status, 0) < 0, errno == EINTR {}
  let exitCode = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
  return (exitCode, String(decoding: output, as: UTF8.self))
}

/// The directory for temporary files.
var temporaryDirectory: FilePath {
  guard let path = unsafe getenv("TMPDIR"), unsafe path.pointee != 0 else { return "/tmp" }
  return unsafe FilePath(platformString: path)
}

/// The name of the user who runs the command, or their number if they have none.
var userName: String {
  guard let entry = unsafe getpwuid(getuid()), let name = unsafe entry.pointee.pw_name else {
    return "uid \(getuid())"
  }
  return unsafe String(cString: name)
}

/// Removes a directory in which nothing is: rmdir(2).
func removeEmptyDirectory(_ path: FilePath) throws(Errno) {
  let result = unsafe path.withPlatformString { unsafe rmdir($0) }
  if result != 0 { throw Errno(rawValue: errno) }
}
