import Intaglio
import IntaglioFormat
import IntaglioHooks
import IntaglioStorage
import IntaglioTestSupport
import IntaglioVerifier
import Synchronization
import SystemPackage
import Testing

/// A store in a temporary directory, and what its logs say.
struct TestStore: ~Copyable {
  let directory: TemporaryDirectory
  var path: FilePath { directory.path.appending("store") }

  init() throws { directory = try TemporaryDirectory() }

  func open(
    policy: String? = nil, surroundings: Surroundings = Surroundings(),
    _ adjust: (inout GovernorOptions) -> Void = { _ in }
  ) async throws -> Governor {
    var options = GovernorOptions(policy: try policy.map(testPolicy))
    options.log.segmentByteCount = 256 << 10
    // A machine under load is no stalled disk.
    options.engineTimeout = .seconds(600)
    adjust(&options)
    return try await Governor.open(at: path, options: options, surroundings: surroundings)
  }

  /// The events of a run in their order.
  func events(ofRun id: String, log: Int = 0) throws -> [RecordedEvent] {
    try events(ofStream: "run/" + id, log: log)
  }

  func events(ofStream name: String, log: Int = 0) throws -> [RecordedEvent] {
    let snapshot = try LogReader.open(
      at: path.appending(String(log)), includingUnsynced: true, access: .copied
    ).snapshot()
    guard let stream = try snapshot.stream(named: name) else { return [] }
    return try snapshot.records(of: stream.number).compactMap { try RecordedEvent($0.get()) }
  }

  /// The kinds of a run's events, without checkpoints, in one line.
  func story(ofRun id: String, log: Int = 0) throws -> String {
    try events(ofRun: id, log: log).filter { $0.kind != .checkpointCreated }.map(\.kind.name)
      .joined(separator: " ")
  }

  func verify(log: Int = 0) throws -> Bool {
    let report = try Verifier().verify(path.appending(String(log)))
    if !report.isFaultless { Issue.record("\(report)") }
    return report.isFaultless
  }
}

/// This machine, with `system` for its file system.
func surroundings(_ system: any FileSystem) -> Surroundings {
  var surroundings = Surroundings()
  surroundings.system = system
  return surroundings
}

func testPolicy(_ json: String) throws -> Policy { try Policy(json: Array(json.utf8)) }

/// Counts how often bodies ran.
final class Runs: Sendable {
  private let counter = Atomic(0)
  var count: Int { counter.load(ordering: .relaxed) }
  func note() { counter.add(1, ordering: .relaxed) }
}

/// The code of the error that `body` throws, or nil.
func code(_ body: () async throws -> Void) async -> GovernorError.Code? {
  do {
    try await body()
    return nil
  } catch { return (error as? GovernorError)?.code }
}

struct Mishap: Error {}

/// A place outside the log that cannot be restored until it is mended.
final class BrokenPlace: RollbackParticipant {
  let name = "place"
  private let isMended = Atomic(false)

  func mend() { isMended.store(true, ordering: .relaxed) }
  func capture() -> String { "captured" }
  func restore(_ captured: String) throws {
    if !isMended.load(ordering: .relaxed) { throw Mishap() }
  }
}
