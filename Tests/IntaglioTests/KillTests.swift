import IntaglioFormat
import IntaglioStorage
import IntaglioTestSupport
import IntaglioVerifier
import SystemPackage
import Testing

@testable import Intaglio

@Suite("Kill -9")
struct KillTests {
  @Test(
    "A writer killed 200 times, also while it opens, loses nothing that it acknowledged",
    arguments: ["synced", "periodic", "written"])
  func killed(durability: String) throws {
    var generator = SeededGenerator(for: "killed(\(durability))")
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "log")
    var acknowledged: [(SequenceNumber, Digest)] = []
    for round in 0..<200 {
      let isDuringOpening = round % 5 == 4
      let writer = try ChildProcess([
        builtProgram("IntaglioTestWriter"), path.string, "3", "\(generator.next())", durability,
      ])
      let output = isDuringOpening ? [] : writer.read()
      let wait = UInt32.random(in: 0...(isDuringOpening ? 25_000 : 70_000), using: &generator)
      let processID = writer.processID
      // What it prints is read meanwhile: a writer that waits for the reader would not be killed at work.
      let killer = BackgroundThread {
        sleep(microseconds: wait)
        kill(processID: processID)
      }
      let lines = String(decoding: output + writer.readToEnd(), as: UTF8.self)
      killer.join()
      for line in lines.split(separator: "\n") {
        let words = line.split(separator: " ")
        if line.hasPrefix("error") { Issue.record("round \(round): \(line)") }
        guard words.count == 2, let number = UInt64(words[0]),
          let chain = Digest(hex: String(words[1]))
        else { continue }
        acknowledged.append((SequenceNumber(number), chain))
      }
      // What is in `staging` is read by who opens for writing.
      guard round % 10 == 9 else { continue }
      let snapshot =
        durability == "synced"
        ? try LogReader.open(at: path).snapshot() : try reopened(path, round)
      for (sequence, chain) in acknowledged {
        #expect(try snapshot.record(at: sequence).chain == chain, "round \(round)")
      }
    }
    #expect(acknowledged.count > 20)
    try checkRecoveriesAndStreams(path)
    #expect(try Directory(path, in: SystemFileSystem()).status(of: FileName.staging) == nil)
    let report = try Verifier().verify(path)
    #expect(report.isFaultless, "\(report)")
  }

  @Test(
    "A writer of states killed a hundred times leaves the state of one transaction or rollback, and none older than it acknowledged"
  )
  func killedWithStates() throws {
    var generator = SeededGenerator(for: "killedWithStates")
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "log")
    var acknowledged: [String: (version: UInt64, value: String)] = [:]
    for round in 0..<100 {
      let writer = try ChildProcess([
        builtProgram("IntaglioTestWriter"), path.string, "2", "\(generator.next())", "states",
      ])
      let wait = UInt32.random(in: 0...70_000, using: &generator)
      let processID = writer.processID
      let first = writer.read()
      let killer = BackgroundThread {
        sleep(microseconds: wait)
        kill(processID: processID)
      }
      let lines = String(decoding: first + writer.readToEnd(), as: UTF8.self)
      killer.join()
      for line in lines.split(separator: "\n") {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        if line.hasPrefix("error") { Issue.record("round \(round): \(line)") }
        guard words.count == 3, let version = UInt64(words[1]) else { continue }
        acknowledged[String(words[0])] = (version, String(words[2]))
      }
      guard round % 10 == 9 else { continue }
      let log = try Log.open(at: path)
      for (name, expected) in acknowledged {
        let view = try log.stateSpace(named: name).current
        let value = try theOneValue(of: view, "round \(round)")
        #expect(view.version.rawValue >= expected.version, "round \(round)")
        if view.version.rawValue == expected.version { #expect(value == expected.value) }
        for checkpoint in view.checkpoints.prefix(30) {
          _ = try theOneValue(of: view.state(at: try checkpoint.get()), "round \(round)")
        }
      }
      try log.close()
    }
    #expect(acknowledged.count == 2)
    let report = try Verifier().verify(path)
    #expect(report.isFaultless, "\(report)")
  }

  /// The value that all keys of a state have: a transaction is there whole or not at all.
  private func theOneValue(of view: StateView, _ comment: String) throws -> String {
    var values: [[UInt8]] = []
    try view.entries().forEach { values.append(try view.value(of: $0)) }
    #expect(values.isEmpty || values.count == 10, "\(comment)")
    #expect(Set(values).count <= 1, "\(comment)")
    return String(decoding: values.first ?? [], as: UTF8.self)
  }

  private func reopened(_ path: FilePath, _ round: Int) throws -> Snapshot {
    let log = try Log.open(at: path)
    // Half of the time it is left to the next writer to find a log that was not closed.
    defer { if round % 20 == 9 { try? log.close() } }
    let snapshot = log.snapshot()
    var isInsideBatch = false
    try snapshot.records.forEach { isInsideBatch = !$0.outline.isCommit }
    #expect(!isInsideBatch, "a batch is there in part")
    return snapshot
  }

  private func checkRecoveriesAndStreams(_ path: FilePath) throws {
    let log = try Log.open(at: path)
    let quarantined = try Directory(path.appending("quarantine"), in: SystemFileSystem()).names()
      .filter { FileName.quarantined($0) != nil }
    var recorded: Set<String> = []
    var streams: [StreamNumber: [SequenceNumber]] = [:]
    try log.snapshot().records.forEach { record in
      streams[record.stream, default: []].append(record.sequence)
      let payload = LogPayload(kind: record.kind, decoding: record.payload)
      if case .recovered(let count, let digest, _)? = payload {
        recorded.insert(FileName.quarantined(at: count, digest: digest))
      }
    }
    #expect(recorded.isSuperset(of: quarantined))
    for (stream, sequences) in streams {
      let found = try log.snapshot().records(of: stream).map { try $0.get().sequence }
      #expect(found == sequences)
    }
    try log.close()
  }
}
