import IntaglioFormat
import IntaglioStorage
import IntaglioVerifier
import SystemPackage
import Testing

/// The fixtures are logs written by another program from the page on the file format; both read the same.
@Suite struct FixtureTests {
  static let folder = FilePath(#filePath).removingLastComponent().removingLastComponent()
    .removingLastComponent().appending("fixtures").appending("v1")

  static let names: [String] = {
    let names = (try? Directory(folder, in: SystemFileSystem()).names()) ?? []
    return names.filter { !$0.contains(".") }
  }()

  @Test func `there are fixtures to read`() { #expect(Self.names.count > 20) }

  @Test(arguments: names)
  func `a fixture is found to be what its page says`(name: String) throws {
    let directory = Directory(Self.folder.appending(name), in: SystemFileSystem())
    let expected = try JSON.parse(
      directory.open("expected.json", .readOnly).read(byteCount: 1 << 16, at: 0))
    let report = try Verifier().verify(directory.path)
    #expect(report.verdict.rawValue == expected["verdict"]?.string, "\(report)")
    if let count = expected["committedCount"]?.integer { #expect(report.committedCount == count) }
    if report.verdict.isWritable {
      #expect(report.findings.isEmpty == (expected["findings"] == .bool(false)), "\(report)")
    }
    guard let kind = expected["kind"]?.string else { return }
    let finding = try #require(report.findings.first)
    #expect(finding.kind.rawValue == kind, "\(report)")
    #expect(finding.offset == expected["offset"]?.integer.map { Int($0) }, "\(report)")
    #expect(finding.sequence == expected["sequence"]?.integer, "\(report)")
    if kind == "state" {
      #expect(report.findingCount == 1, "\(report)")
      var verifier = Verifier()
      verifier.checksState = false
      #expect(try verifier.verify(directory.path).isFaultless)
    }
    let segment = try #require(expected["segment"]?.integer)
    #expect(
      finding.file == FileName.segments + "/" + FileName.segment(SequenceNumber(segment)),
      "\(report)")
  }
}
