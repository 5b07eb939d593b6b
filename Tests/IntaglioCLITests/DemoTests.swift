import SystemPackage
import Testing

@Suite struct DemoTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  @Test func theDemoFindsItsChangedByteAndLeavesNothing() throws {
    let outcome = try bench.shell(#"mkdir tmp; TMPDIR=$PWD/tmp "$intaglio" demo; ls tmp"#)
    #expect(outcome.exitCode == 0 && outcome.errors.isEmpty)
    #expect(outcome.output.contains("Clean: 103 records"))
    #expect(outcome.output.contains("Corrupt: "))
    #expect(outcome.output.contains("Found: the payload of record 18, at offset "))
    #expect(outcome.output.contains("recorded 81 records in 4 streams"))
    #expect(outcome.output.contains("rolled main back to checkpoint 95"))
    #expect(outcome.output.contains("state get log memory backup\n   done\n"))
    #expect(outcome.lines.last?.hasPrefix("Removing ") == true)
  }

  @Test func aKeptDemoCanBeRepeatedByHand() throws {
    let script = #"""
      export TMPDIR=$PWD
      "$intaglio" demo --keep > text
      intaglio() { "$intaglio" "$@"; }
      cd intaglio-demo-*
      intaglio verify log > /dev/null; echo $?
      intaglio verify copy > /dev/null; echo $?
      rm -r copy
      eval "$(grep -E '^   \$ (cp|printf)' ../text | sed 's/^   \$ //')"
      intaglio verify copy > /dev/null; echo $?
      """#
    let outcome = try bench.shell(script)
    #expect(outcome.lines == ["0", "1", "1"], "\(outcome.errors)")
  }

  @Test func aDemoThatNobodyReadsLeavesNothingEither() throws {
    let outcome = try bench.shell(
      #"mkdir tmp; TMPDIR=$PWD/tmp "$intaglio" demo | head -n 3 > text; ls tmp"#)
    #expect(outcome.output.isEmpty && outcome.errors.isEmpty)
  }

  @Test func theTraceIsTheOneInFixtures() throws {
    let root = FilePath(#filePath).removingLastComponent().removingLastComponent()
      .removingLastComponent()
    let fixture = root.appending("fixtures/traces/shell-session.jsonl")
    let script =
      #"TMPDIR=$PWD "$intaglio" demo --keep > text; cmp */shell-session.jsonl \#(fixture)"#
    #expect(try bench.shell(script).exitCode == 0)
  }
}
