import Testing

@Suite struct DemoTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  @Test func theDemoFindsItsChangedByteAndLeavesNothing() throws {
    let outcome = try bench.shell(#"mkdir tmp; TMPDIR=$PWD/tmp "$intaglio" demo; ls tmp"#)
    #expect(outcome.exitCode == 0 && outcome.errors.isEmpty)
    for part in [
      "(a seat is lost)", "approve was recorded by the program that writes the log",
      "DENIED by large-certificates", "DENIED by searches", "handed over from concierge to billing",
      ": approve by key:ann: as she asks", "9 calls, 6 allowed, 2 denied, 1 to review",
      "rolled desk-17 back to checkpoint ",
      "--space mission/desk-17\n   booked by noah_ito, 2 bags\n",
      "NO6JO3 is cancelled, and ZFA04Y is as it was.", "billing in desk-17", "Clean: ",
      "Corrupt: ", "Found: the payload of record ",
    ] {
      #expect(outcome.output.contains(part), "\(part)")
    }
    #expect(outcome.lines.last?.hasPrefix("Removing ") == true)
  }

  @Test func aKeptDemoCanBeRepeatedByHand() throws {
    let script = #"""
      export TMPDIR=$PWD
      "$intaglio" demo --keep > text
      intaglio() { "$intaglio" "$@"; }
      cd intaglio-demo-*
      intaglio policy check policy.yaml > /dev/null; echo $?
      intaglio run show audit run-1 | tail -n 1
      intaglio review show audit "$(grep -om1 '\b[0-9a-f]\{12\}' ../text)" | grep -c 'decided    approve by key:ann'
      intaglio policy replay policy.yaml audit
      intaglio verify audit > /dev/null; echo $?
      intaglio verify copy > /dev/null; echo $?
      rm -r copy
      eval "$(grep -E '^   \$ (cp|printf)' ../text | sed 's/^   \$ //')"
      intaglio verify copy > /dev/null; echo $?
      """#
    let outcome = try bench.shell(script)
    #expect(outcome.lines.count == 7, "\(outcome.errors)")
    #expect(
      outcome.lines.filter { $0.count == 1 } == ["0", "1", "0", "1", "1"], "\(outcome.errors)")
    #expect(outcome.lines.contains("11 calls, 0 decided otherwise"), "\(outcome.output)")
  }

  @Test func aDemoThatNobodyReadsLeavesNothingEither() throws {
    let outcome = try bench.shell(
      #"mkdir tmp; TMPDIR=$PWD/tmp "$intaglio" demo | head -n 3 > text; ls tmp"#)
    #expect(outcome.output.isEmpty && outcome.errors.isEmpty)
  }
}
