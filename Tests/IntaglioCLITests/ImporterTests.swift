import Intaglio
import IntaglioStorage
import IntaglioTestSupport
import IntaglioVerifier
import SystemPackage
import Testing

@testable import IntaglioCLI

@Suite struct ImporterTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  private var path: FilePath { bench.directory.path.appending("log") }

  private func lines(_ text: some Sequence<UInt8>) throws -> LineFile {
    let file = bench.directory.path.appending("lines")
    try File(file, .createNew, in: SystemFileSystem()).write(Array(text), at: 0)
    return try LineFile(file)
  }

  @Test func anInputLargerThanOneBatchIsRecordedWholeAndInOrder() throws {
    let file = try lines((0..<100).map { "\($0)\n" }.joined().utf8)
    let importer = Importer(route: .stream("main"), batchByteCount: 1024)
    let log = try Log.create(at: path)
    let summary = try importer.append(file, to: log)
    try log.close()
    #expect(summary.recordCount == 100)
    let snapshot = try LogReader.open(at: path).snapshot()
    #expect(summary.head?.chain == snapshot.chain)
    var payloads: [String] = []
    try snapshot.records.forEach { record in
      if record.stream != .log {
        payloads.append(String(decoding: record.payloadBytes, as: UTF8.self))
      }
    }
    #expect(payloads == (0..<100).map(String.init))
    #expect(try Verifier().verify(path).isFaultless)
  }

  @Test func aLineOfTheLargestPayloadIsReadAndNoLongerOne() throws {
    let largest = [UInt8](repeating: 0x31, count: Limits.payloadByteCount)
    let file = try lines(largest + [0x0D, 0x0A] + largest + [0x31, 0x0A])
    var reader = LineReader()
    #expect(try reader.next(in: file)?.count == Limits.payloadByteCount)
    #expect(throws: CommandError.self) { _ = try reader.next(in: file) }
    #expect(reader.number == 2)
  }

  @Test func linesAreNumberedAsTheyStandInTheFile() throws {
    let file = try lines("\n1\n\n2".utf8)
    var reader = LineReader()
    #expect(try reader.next(in: file) == [0x31])
    #expect(reader.number == 2)
    #expect(try reader.next(in: file) == [0x32])
    #expect(reader.number == 4)
    #expect(try reader.next(in: file) == nil)
  }
}
