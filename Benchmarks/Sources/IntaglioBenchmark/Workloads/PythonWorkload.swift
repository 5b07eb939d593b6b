import Foundation

/// Packages for Python at their defaults, run by Python: what most agents are audited with today.
struct PythonWorkload: Workload {
  /// A contender of `peers.py`.
  private struct Peer {
    let name: String
    /// As the script knows it.
    let key: String
    /// What has to be installed, if anything.
    var package: String?
    /// Whether it syncs every record before it returns.
    let mode: Mode
  }

  private static let peers = [
    Peer(name: "sqlite3 OFF", key: "sqlite3-off", mode: .written),
    Peer(name: "auditchain", key: "auditchain", package: "auditchain", mode: .written),
    Peer(name: "waxseal", key: "waxseal", package: "waxseal", mode: .written),
    Peer(name: "sqlite3 FULL", key: "sqlite3-full", mode: .synced),
    Peer(name: "agentguard-oss", key: "agentguard", package: "agentguard-oss", mode: .synced),
  ]

  var name: String { "python" }
  var title: String { "Python packages at their defaults" }
  var explanation: String {
    """
    256 B, one record at a time, from Python; Intaglio is called from Swift. sqlite3 keeps the same chain; the \
    packages hash and store as they do by default. auditchain and waxseal write without a sync, agentguard-oss \
    syncs, so they are held against Intaglio in the same mode.
    """
  }
  var unit: Unit { .recordsPerSecond }
  var plot: Plot { .bars }

  func cases(_ context: Context) throws -> [Case] {
    let python = try Self.python(context)
    return [Mode.written, .synced].map { mode in
      let ours = Entrant(name: Contenders.intaglio.name) {
        try Appending(context, Contenders.intaglio, mode: mode, byteCount: 256).measure()
      }
      let peers = Self.peers.filter {
        $0.mode == mode && ($0.package == nil || python.hasPackages)
      }
      return Case(
        label: mode == .synced ? "each survives power loss" : "each survives kill -9",
        entrants: [ours] + peers.map { entrant(context, $0, python.path) })
    }
  }

  private func entrant(_ context: Context, _ peer: Peer, _ python: String) -> Entrant {
    Entrant(name: "Python \(peer.name)") {
      try context.withDirectory(peer.name) { directory in
        try Self.measure(python, peer.key, directory, context.settings.sliceSeconds * 4)
      }
    }
  }

  /// An environment with the packages; without them if they cannot be installed.
  private static func python(_ context: Context) throws -> (path: String, hasPackages: Bool) {
    let environment = context.directory + "/python"
    let packages = peers.compactMap(\.package)
    let commands = [
      ["python3", "-m", "venv", environment],
      [environment + "/bin/pip", "install", "--quiet"] + packages,
    ]
    for command in commands where try output(of: command) == nil {
      note(
        "python: \(command.joined(separator: " ")) failed; only the standard library is measured")
      return ("python3", false)
    }
    return (environment + "/bin/python", true)
  }

  private static func measure(
    _ python: String, _ key: String, _ directory: String, _ slice: Double
  ) throws -> Sample {
    struct Answer: Decodable {
      let count: Int
      let seconds: Double
      let cpuSeconds: Double
    }
    guard let script = Bundle.module.url(forResource: "peers", withExtension: "py"),
      let data = try output(of: [python, script.path, key, directory, "\(slice)"])
    else { throw ContenderError("it ended with an error") }
    let answer = try JSONDecoder().decode(Answer.self, from: data)
    return Sample(
      value: Double(answer.count) / answer.seconds, count: answer.count,
      cpuSeconds: answer.cpuSeconds, diskByteCount: diskByteCount(directory))
  }

  /// What a command prints; nil if it fails.
  private static func output(of command: [String]) throws -> Data? {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? data : nil
  }
}
