internal import Glibc
package import SystemPackage

/// A child process whose standard output is read through a pipe.
package struct ChildProcess: ~Copyable {
  package let processID: Int32
  private let output: CInt

  /// - Parameter arguments: the path of the program, and what it is given.
  package init(_ arguments: [String]) throws(Errno) {
    var pipes: [CInt] = [0, 0]
    guard unsafe pipe(&pipes) == 0 else { throw Errno(rawValue: errno) }
    // Neither end is the business of other children that are started meanwhile.
    for descriptor in pipes { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawn_file_actions_adddup2(&actions, pipes[1], 1)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    var strings: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) } + [nil]
    defer { unsafe strings.forEach { unsafe free($0) } }
    var processID = pid_t()
    let result = unsafe posix_spawn(&processID, arguments[0], &actions, nil, &strings, environ)
    close(pipes[1])
    guard result == 0 else {
      close(pipes[0])
      throw Errno(rawValue: result)
    }
    self.processID = processID
    output = pipes[0]
  }

  deinit {
    Glibc.kill(processID, SIGKILL)
    close(output)
    waitpid(processID, nil, 0)
  }

  package func kill() { Glibc.kill(processID, SIGKILL) }

  /// The next part of the output, or nothing when the process has ended.
  package func read() -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = unsafe buffer.withUnsafeMutableBytes {
      unsafe Glibc.read(output, $0.baseAddress, $0.count)
    }
    return Array(buffer.prefix(max(0, count)))
  }

  /// Everything that comes until the process ends.
  package func readToEnd() -> [UInt8] {
    var all: [UInt8] = []
    while true {
      let part = read()
      if part.isEmpty { return all }
      all += part
    }
  }
}

/// Ends a child by SIGKILL, from another thread than the one that reads its output.
package func kill(processID: Int32) { Glibc.kill(processID, SIGKILL) }

/// The path of a program of this package that was built beside the tests.
package func builtProgram(_ name: String) -> String {
  var path = FilePath((try? executablePath()) ?? "/")
  // The tests may run from a bundle or from the test runner of the toolchain: the build folder is that of the bundle.
  for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
    path = FilePath(argument)
  }
  while path.removeLastComponent() {
    let candidate = path.appending(name)
    if unsafe access(candidate.string, X_OK) == 0 { return candidate.string }
  }
  return name
}

private func executablePath() throws(Errno) -> String {
  var buffer = [CChar](repeating: 0, count: 4096)
  let count = unsafe readlink("/proc/self/exe", &buffer, 4095)
  guard count > 0 else { throw Errno(rawValue: errno) }
  return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// Sleeps; for processes that are killed at moments, not for waiting until something is so.
package func sleep(microseconds: UInt32) { usleep(microseconds) }
