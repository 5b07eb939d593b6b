import Foundation
import Intaglio
import IntaglioHooks
import IntaglioPolicyFile
import SystemPackage

/// How soon a call runs that people have approved.
struct ReviewWorkload: Workload {
  var name: String { "review" }
  var title: String { "Reviews: from `approve` to the tool" }
  var explanation: String {
    """
    A run waits for a review, and somebody approves it by `intaglio approve --key` in another process. The time runs from before that \
    process is started until the tool's body begins, with the decision and the start on disk: it includes the start of a process, a signature, a file \
    in the inbox, and what is left until the governor looks into it, which it does five times a second.
    """
  }
  var unit: Unit { .milliseconds }
  var plot: Plot { .bars }

  private static let count = 10
  private static let agent = "agent"

  /// The command, as a release build of the package beside this one has made it.
  private static var command: URL {
    var root = URL(filePath: #filePath)
    for _ in 0..<5 { root.deleteLastPathComponent() }
    return root.appending(path: ".build/release/intaglio")
  }

  func cases(_ context: Context) -> [Case] {
    let latencies = Latencies()
    let entrant = Entrant(name: "Intaglio", latencies: latencies) {
      guard FileManager.default.isExecutableFile(atPath: Self.command.path) else {
        throw ContenderError("build the command before: swift build -c release --product intaglio")
      }
      return try context.withDirectory("reviews") { directory in
        let meter = Meter()
        let taken = try blocking { try await Self.approvals(in: directory) }
        latencies.record(taken)
        let median = Double(taken.sorted()[taken.count / 2]) / 1e6
        return meter.sample(median, count: taken.count)
      }
    }
    return [Case(label: "approve, by key", entrants: [entrant])]
  }

  /// Has calls reviewed one after the other; gives how long each took, in nanoseconds.
  private static func approvals(in directory: String) async throws -> [UInt64] {
    let key = directory + "/ann.key"
    let publicKey = try run(["key", "generate", key]).output()
    var options = GovernorOptions(policy: try PolicyFile.read(policy(publicKey)))
    options.log.allowsUnsuitableFileSystem = true
    let store = directory + "/store"
    let governor = try await Governor.open(at: FilePath(store), options: options)
    let taken = try await governor.run(agent: agent) { run in
      var taken: [UInt64] = []
      for number in 0..<count {
        let call = ToolCall(function: "pay", arguments: #"{"amount":\#(number)}"#)
        taken.append(try await approval(of: call, run, store: store, key: key))
      }
      return taken
    }
    await governor.close()
    return taken
  }

  private static func approval(
    of call: ToolCall, _ run: GovernedRun, store: String, key: String
  ) async throws -> UInt64 {
    let decision = try await run.decide([call])[0]
    guard let ticket = decision.ticket else { throw ContenderError("nobody was asked") }
    let start = nanoseconds()
    let command = try Self.run([
      "approve", store, "\(ticket.id)", "--digest", ticket.argumentsDigest, "--approver", "ann",
      "--key", key,
    ])
    let approved = try await run.waitForReview(decision)
    var end = start
    _ = try await run.perform(approved) { permit in
      end = nanoseconds()
      return .ok(try permit.arguments(for: call.tool))
    }
    _ = try command.output()
    return end - start
  }

  private static func run(_ arguments: [String]) throws -> RunningCommand {
    try RunningCommand(command, arguments)
  }

  private static func policy(_ key: String) -> String {
    """
    version: 1
    default: allow
    approvers: {ann: "\(key)"}
    rules:
      - {id: ask, when: {tool: pay}, effect: review, review: {approvers: [ann]}}

    """
  }
}

/// A command that was started.
private struct RunningCommand {
  private let process = Process()
  private let pipe = Pipe()

  init(_ command: URL, _ arguments: [String]) throws {
    process.executableURL = command
    process.arguments = arguments
    process.standardOutput = pipe
    try process.run()
  }

  /// What it printed, without the last line's end, once it has ended well.
  func output() throws -> String {
    let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw ContenderError("\(process.arguments?.first ?? "") failed")
    }
    return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)
  }
}
