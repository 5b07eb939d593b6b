import Glibc
import IntaglioHooks
import IntaglioStorage
import IntaglioTestSupport
import SystemPackage
import Testing

/// The built command.
enum Tool {
  /// What a run of the command left behind.
  struct Outcome {
    let exitCode: CInt
    let output: String
    let errors: String

    /// The lines of the output.
    var lines: [String] { output.split(separator: "\n").map(String.init) }
    /// Whether the only complaint is one line, as errors should be.
    var hasOneLineError: Bool {
      errors.hasPrefix("intaglio: ") && errors.hasSuffix("\n")
        && errors.dropLast().contains("\n") == false
    }
  }

  /// The product lies beside the bundle that this code is in.
  static let path: String = {
    guard let image = FilePath("/proc/self/exe").resolved else {
      fatalError("/proc is not mounted")
    }
    return image.removingLastComponent().appending("intaglio").string
  }()
}

/// The options of a governor under `policy`, which takes no machine under load for a stalled disk.
func governorOptions(_ policy: String) throws -> GovernorOptions {
  var options = GovernorOptions(policy: try Policy(json: Array(policy.utf8)))
  options.engineTimeout = .seconds(600)
  return options
}

/// A directory in which a test runs the command.
final class Bench {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// Runs the command with `arguments` and waits for it.
  func intaglio(_ arguments: String..., input: String = "") throws -> Tool.Outcome {
    try start(arguments, input: Array(input.utf8)).outcome()
  }

  /// Starts the command with `arguments`.
  func start(_ arguments: [String], input: [UInt8] = []) throws -> Run {
    try Run(#"exec "$@""#, [Tool.path] + arguments, input: input, in: directory.path)
  }

  /// Runs a script in which `$intaglio` is the command.
  func shell(_ script: String, input: String = "") throws -> Tool.Outcome {
    try Run("intaglio=$1; " + script, [Tool.path], input: Array(input.utf8), in: directory.path)
      .outcome()
  }

  /// Makes the log `log` and records `lines` in its stream `main`: the first of them is record 3.
  func makeLog(_ lines: [String] = []) throws {
    guard !lines.isEmpty else {
      try #require(intaglio("init", "log").exitCode == 0)
      return
    }
    let input = lines.map { $0 + "\n" }.joined()
    try #require(intaglio("record", "log", "--create", input: input).exitCode == 0)
  }

  /// Makes the file `name` with the text `text`.
  func write(_ text: String, to name: String) throws {
    let file = try FileDescriptor.open(
      directory.path.appending(name), .writeOnly, options: [.create, .truncate],
      permissions: .ownerReadWrite)
    try file.closeAfter { _ = try file.writeAll(text.utf8) }
  }

  /// The only segment file of the log `log`.
  var segment: FilePath {
    directory.path.appending("log/segments/00000000000000000000.seg")
  }

  /// The names in the directory that the tests did not make.
  func names(in path: FilePath) throws -> [String] {
    try Directory(path, in: SystemFileSystem()).names()
  }
}

/// A command that was started; what it writes goes into files.
final class Run {
  let process: pid_t
  private let outputPath: String
  private let errorsPath: String

  init(
    _ script: String, _ arguments: [String], input: [UInt8] = [], in directory: FilePath
  ) throws {
    let name = "run-\(UInt64.random(in: .min ... .max))"
    let inputPath = directory.appending(name + ".in")
    outputPath = directory.appending(name + ".out").string
    errorsPath = directory.appending(name + ".err").string
    let file = try FileDescriptor.open(
      inputPath, .writeOnly, options: [.create], permissions: .ownerReadWrite)
    try file.closeAfter { _ = try file.writeAll(input) }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, inputPath.string, O_RDONLY, 0)
    for (descriptor, path) in [(CInt(1), outputPath), (2, errorsPath)] {
      posix_spawn_file_actions_addopen(
        &actions, descriptor, path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)
    }
    var pointers =
      (["/bin/bash", "-c", #"cd -- "$0" || exit"# + "\n" + script, directory.string]
      + arguments).map { strdup($0) }
    pointers.append(nil)
    defer { pointers.forEach { free($0) } }
    var child = pid_t()
    let result = posix_spawn(&child, "/bin/bash", &actions, nil, pointers, environ)
    guard result == 0 else { throw Errno(rawValue: result) }
    process = child
  }

  /// What was written to standard output so far.
  var output: String { Self.text(outputPath) }

  /// Waits for the end.
  func outcome() -> Tool.Outcome {
    var status: CInt = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    let exitCode = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
    return Tool.Outcome(exitCode: exitCode, output: output, errors: Self.text(errorsPath))
  }

  /// Waits until `condition` holds of the output; false if it does not within ten seconds.
  func waitUntil(_ condition: (String) -> Bool) -> Bool {
    for _ in 0..<1000 {
      if condition(output) { return true }
      usleep(10_000)
    }
    return false
  }

  func interrupt() { kill(process, SIGINT) }

  private static func text(_ path: String) -> String {
    String(decoding: bytes(of: path), as: UTF8.self)
  }
}

/// All bytes of a file; none if it cannot be read.
func bytes(of path: String) -> [UInt8] {
  guard let file = fopen(path, "r") else { return [] }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = fread(&chunk, 1, chunk.count, file)
    if count == 0 { return bytes }
    bytes += chunk[..<count]
  }
}

/// Changes one byte of a file.
func flipByte(of path: FilePath, at offset: Int) throws {
  let file = try FileDescriptor.open(path, .readWrite)
  try file.closeAfter {
    var byte: [UInt8] = [0]
    _ = try byte.withUnsafeMutableBytes {
      try file.read(fromAbsoluteOffset: Int64(offset), into: $0)
    }
    byte[0] ^= 1
    _ = try file.writeAll(toAbsoluteOffset: Int64(offset), byte)
  }
}

extension FilePath {
  fileprivate var resolved: FilePath? {
    guard let path = realpath(string, nil) else { return nil }
    defer { free(path) }
    return FilePath(platformString: path)
  }
}

extension String {
  /// Whether there is nothing in it that could change a terminal or deceive who reads it.
  var isSafeForTerminals: Bool {
    unicodeScalars.allSatisfy { scalar in
      let value = scalar.value
      return scalar == "\n"
        || value >= 0x20 && !(0x7F...0x9F).contains(value)
          && !(0x2028...0x202E).contains(value) && !(0x2066...0x2069).contains(value)
          && !scalar.properties.isDefaultIgnorableCodePoint
    }
  }
}
