import IntaglioFormat
import IntaglioStorage
import IntaglioTestSupport
import SystemPackage
import Testing

@testable import Intaglio

@Suite("Kill -9")
struct KillTests {
  @Test("A writer killed 200 times, also while it opens, loses nothing that it acknowledged")
  func killed() throws {
    var generator = SeededGenerator()
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "log")
    var acknowledged: [(SequenceNumber, Digest)] = []
    for round in 0..<200 {
      let isDuringOpening = round % 5 == 4
      let writer = try ChildProcess([
        builtProgram("IntaglioTestWriter"), path.string, "3", "\(generator.next())",
      ])
      var output: [UInt8] = isDuringOpening ? [] : writer.read()
      sleep(
        microseconds: UInt32.random(in: 0...(isDuringOpening ? 25_000 : 70_000), using: &generator))
      writer.kill()
      output += writer.readToEnd()
      for line in String(decoding: output, as: UTF8.self).split(separator: "\n") {
        let words = line.split(separator: " ")
        if line.hasPrefix("error") { Issue.record("round \(round): \(line)") }
        guard words.count == 2, let number = UInt64(words[0]),
          let chain = Digest(hex: String(words[1]))
        else { continue }
        acknowledged.append((SequenceNumber(number), chain))
      }
      guard round % 10 == 9 else { continue }
      let reader = try LogReader.open(at: path)
      let snapshot = try reader.snapshot()
      for (sequence, chain) in acknowledged {
        #expect(try snapshot.record(at: sequence).chain == chain, "round \(round)")
      }
    }
    #expect(acknowledged.count > 20)
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
