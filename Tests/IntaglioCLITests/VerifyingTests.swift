import Glibc
import Intaglio
import IntaglioStorage
import SystemPackage
import Testing

@Suite struct VerifyingTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  @Test func aWholeLogExitsWith0() throws {
    try bench.makeLog(["1", "2"])
    let outcome = try bench.intaglio("verify", "log", "--threads", "2")
    #expect(outcome.exitCode == 0 && outcome.errors.isEmpty)
    #expect(outcome.lines.first?.hasPrefix("Clean: 5 records") == true)
    let verdict = try bench.shell(#""$intaglio" verify log --json | jq -r .verdict"#)
    #expect(verdict.output == "clean\n")
  }

  @Test func aFlippedByteExitsWith1AndIsNamed() throws {
    try bench.makeLog([#"{"exit_code":1}"#])
    let place = try #require(offset(of: #""exit_code":1"#))
    try flipByte(of: bench.segment, at: place + 12)
    let outcome = try bench.intaglio("verify", "log")
    #expect(outcome.exitCode == 1)
    #expect(outcome.output.contains("payload: segments/00000000000000000000.seg at "))
    #expect(outcome.output.contains(", record 3: "))
    let json = try bench.shell(
      #""$intaglio" verify log --json | jq -r '.findings[0] | "\(.kind) \(.sequence)"'"#)
    #expect(json.output == "payload 3\n")
  }

  @Test func everyCommandSurvivesAFlippedByteAndSaysSo() throws {
    try bench.makeLog(["1", #"{"exit_code":1}"#, "3"])
    let place = try #require(offset(of: #""exit_code":1"#))
    try flipByte(of: bench.segment, at: place + 12)
    let listed = try bench.intaglio("log", "log", "--from", "3")
    #expect(listed.exitCode == 1 && listed.hasOneLineError)
    #expect(listed.lines.count == 1 && listed.lines[0].hasPrefix("3  "))
    #expect(listed.errors.contains("record 4 ") && listed.errors.contains("`intaglio verify`"))
    #expect(try bench.intaglio("show", "log", "5").exitCode == 0)
  }

  @Test func aTruncatedFileIsFoundAndNoCommandCrashes() throws {
    try bench.makeLog((0..<100).map(String.init))
    for byteCount in [0, 100, 4096, 5000, 8192, 20_000, 100_000] {
      try truncate(bench.segment, to: byteCount)
      let verified = try bench.intaglio("verify", "log")
      #expect(verified.exitCode == 1, "\(byteCount)")
      for command in [
        "log log", "export log", "streams log", "stat log", "head log", "show log 50",
      ] {
        let outcome = try bench.shell(#""$intaglio" \#(command)"#)
        #expect(outcome.exitCode < 2, "\(command) at \(byteCount) bytes: \(outcome.errors)")
        #expect(outcome.exitCode == 0 || outcome.hasOneLineError, "\(command) at \(byteCount)")
      }
      let written = try bench.intaglio("record", "log", input: "1\n")
      #expect(written.exitCode == 1 && written.hasOneLineError, "\(byteCount)")
    }
  }

  @Test func aTornTailExitsWith4() throws {
    try bench.makeLog(["1"])
    // What a crash leaves of a write that no HEAD knows of: some bytes after the last frame.
    let file = try File(bench.segment, .readWrite, in: SystemFileSystem())
    let bytes = try file.read(byteCount: 1 << 18, at: 0)
    let end = try #require(bytes.lastIndex { $0 != 0 })
    try file.write([1, 2, 3], at: (end / 8 + 1) * 8)
    let outcome = try bench.intaglio("verify", "log")
    #expect(outcome.exitCode == 4)
    #expect(outcome.lines.first?.hasPrefix("Torn tail") == true)
    #expect(try bench.intaglio("record", "log", input: "2\n").exitCode == 0)
    #expect(try bench.intaglio("verify", "log").exitCode == 0)
  }

  @Test func aStateThatLiesExitsWith1UnlessStatesAreLeftOut() throws {
    let log = FilePath(#filePath).removingLastComponent().removingLastComponent()
      .removingLastComponent().appending("fixtures/v1/state-wrong-root").string
    let outcome = try bench.intaglio("verify", log)
    #expect(outcome.exitCode == 1 && outcome.lines.first?.hasPrefix("Clean: ") == true)
    #expect(outcome.output.contains("\n  state: segments/"))
    let without = try bench.intaglio("verify", log, "--no-state")
    #expect(without.exitCode == 0 && !without.output.contains("state"))
  }

  @Test func aHeadOfAnotherHistoryExitsWith1() throws {
    try bench.makeLog(["1", "2"])
    let zeros = String(repeating: "0", count: 64)
    let other = try bench.intaglio("verify", "log", "--head", "3:\(zeros)")
    #expect(other.exitCode == 1 && other.lines.first?.hasPrefix("Rewritten") == true)
    let longer = try bench.intaglio("verify", "log", "--head", "9:\(zeros)")
    #expect(longer.exitCode == 1 && longer.lines.first?.hasPrefix("Truncated") == true)
    let head = String(try bench.intaglio("head", "log").output.dropLast())
    let both = try bench.intaglio("verify", "log", "--head", head, "--head", "3:\(zeros)")
    #expect(both.exitCode == 1)
  }

  @Test func aVerdictIsGivenByTheExitCodeAlsoWhereNobodyReadsTheReport() throws {
    try bench.makeLog(["1"])
    try flipByte(of: bench.segment, at: 4200)
    let outcome = try bench.shell(
      #"set -o pipefail; "$intaglio" verify log | true; echo ${PIPESTATUS[0]}"#)
    #expect(outcome.output == "1\n" && outcome.errors.isEmpty)
  }

  @Test func whatCannotBeReadExitsWith3() throws {
    try bench.makeLog()
    for place in ["nowhere", "/dev/null", "log/quarantine"] {
      let outcome = try bench.intaglio("verify", place)
      #expect(outcome.exitCode == 3 && outcome.hasOneLineError, "\(place)")
      #expect(outcome.errors.contains(place))
    }
  }

  @Test func aNewerVersionIsUnsupportedAndExitsWith3() throws {
    try bench.makeLog()
    let file = try File(bench.segment, .readWrite, in: SystemFileSystem())
    try file.write([2], at: 8)
    let outcome = try bench.intaglio("verify", "log")
    #expect(outcome.exitCode == 3 && outcome.lines.first?.hasPrefix("Unsupported") == true)
  }

  private func offset(of text: String) -> Int? {
    let (whole, part) = (bytes(of: bench.segment.string), Array(text.utf8))
    return (0...(whole.count - part.count)).first { whole[$0...].starts(with: part) }
  }
}

private func truncate(_ path: FilePath, to byteCount: Int) throws {
  try File(path, .readWrite, in: SystemFileSystem()).truncate(to: byteCount)
}
