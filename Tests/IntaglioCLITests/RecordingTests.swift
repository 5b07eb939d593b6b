import Glibc
import Intaglio
import SystemPackage
import Testing

@Suite struct RecordingTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  @Test func aNewLogIsMadeOnce() throws {
    let first = try bench.intaglio("init", "log", "--origin", "example.com/agents")
    #expect(first.exitCode == 0)
    #expect(first.output.hasPrefix("made log "))
    #expect(first.output.hasSuffix(", origin example.com/agents\n"))
    let second = try bench.intaglio("init", "log")
    #expect(second.exitCode == 1 && second.hasOneLineError)
  }

  @Test func everyLineIsARecordWithTheBytesOfTheLine() throws {
    try bench.makeLog([#"{"a": 1}"#, #"  [2] "#])
    #expect(try bench.intaglio("show", "log", "3", "--raw").output == #"{"a": 1}"#)
    #expect(try bench.intaglio("show", "log", "4", "--raw").output == "  [2] ")
  }

  @Test func theAnswerNamesTheHead() throws {
    try bench.makeLog()
    let outcome = try bench.intaglio("record", "log", input: "1\n2\n")
    let head = try bench.intaglio("head", "log").output
    #expect(outcome.output == "recorded 2 records in 1 stream; the head is \(head)")
  }

  @Test func emptyLinesAreSkippedAndLineEndsAreNotRecorded() throws {
    try bench.makeLog()
    let outcome = try bench.intaglio("record", "log", input: "\n{}\r\n \t\n\r\n[]\r\n\n3")
    #expect(outcome.output.hasPrefix("recorded 3 records"))
    let payloads = try (4...6).map { try bench.intaglio("show", "log", "\($0)", "--raw").output }
    #expect(payloads == ["{}", "[]", "3"])
  }

  @Test(arguments: ["", "\n", " \r\n\n"]) func anInputWithoutLinesRecordsNothing(
    input: String
  ) throws {
    try bench.makeLog()
    let outcome = try bench.intaglio("record", "log", input: input)
    #expect(outcome.exitCode == 0)
    #expect(outcome.output == "recorded nothing: the input has no lines\n")
  }

  @Test func aLineThatIsNotJSONIsRefusedByNumberAndNothingIsKept() throws {
    try bench.makeLog(["1"])
    let before = bytes(of: bench.segment.string)
    for (line, reason) in [
      ("{\"a\":", "a value is missing"), ("{\"a\":1,\"a\":2}", "repeated"), ("nope", "word"),
      ("\u{7F}", "unexpected"), ("1 2", "text after the value"),
    ] {
      let outcome = try bench.intaglio("record", "log", input: "{}\n\n[]\n\(line)\n{}\n")
      #expect(outcome.exitCode == 1 && outcome.hasOneLineError && outcome.output.isEmpty)
      #expect(outcome.errors.hasPrefix("intaglio: line 4 of standard input is not JSON ("))
      #expect(outcome.errors.contains(reason) && outcome.errors.contains("nothing was recorded"))
    }
    #expect(bytes(of: bench.segment.string) == before)
  }

  @Test func aLineOverTheLimitIsRefusedByNumber() throws {
    try bench.makeLog()
    let outcome = try bench.shell(
      #"(echo 1; echo '"'; head -c 33554430 /dev/zero | tr '\0' x; echo '"') | tr -d '\n' > big; "#
        + #"(echo '{}'; cat big; echo) | "$intaglio" record log"#)
    #expect(outcome.exitCode == 1 && outcome.hasOneLineError)
    #expect(outcome.errors.contains("line 2 of standard input has more than 33554432 bytes"))
  }

  @Test func aStreamIsNamedByOptionOrByAMemberOfTheLine() throws {
    try bench.makeLog()
    _ = try bench.intaglio("record", "log", "--stream", "notes", input: "1\n")
    let lines = #"{"run":"one"}"# + "\n" + #"{"run":"two"}"# + "\n" + #"{"run":"one"}"# + "\n"
    let outcome = try bench.intaglio("record", "log", "--stream-key", "run", input: lines)
    #expect(outcome.output.hasPrefix("recorded 3 records in 2 streams"))
    let streams = try bench.intaglio("streams", "log")
    #expect(
      streams.lines == [
        "stream  records  name", "     0        7  log", "     1        1  notes",
        "     2        2  one", "     3        1  two",
      ])
  }

  @Test(arguments: [#"{"run":1}"#, #"{"ran":"x"}"#, #"["run"]"#, #"{"run":""}"#, #"{"run":"\n"}"#])
  func aLineThatNamesNoStreamIsRefusedByNumber(line: String) throws {
    try bench.makeLog()
    let input = #"{"run":"one"}"# + "\n" + line
    let outcome = try bench.intaglio("record", "log", "--stream-key", "run", input: input)
    #expect(outcome.exitCode == 1 && outcome.hasOneLineError)
    #expect(outcome.errors.hasPrefix("intaglio: line 2 of standard input has "))
    #expect(try bench.intaglio("streams", "log").lines.count == 2)
  }

  @Test func aFileAndAPipeAndANamedPipeAreReadAlike() throws {
    try bench.makeLog()
    let outcome = try bench.shell(
      #"echo 1 > file; mkfifo pipe; (echo 3 > pipe) & "$intaglio" record log file && "#
        + #"echo 2 | "$intaglio" record log - && "$intaglio" record log pipe"#)
    #expect(outcome.exitCode == 0 && outcome.lines.count == 3)
    let payloads = try bench.shell(#""$intaglio" log log --stream main --json | jq .payload"#)
    #expect(payloads.lines == ["1", "2", "3"])
  }

  @Test func anInputThatCannotBeReadIsAnError() throws {
    try bench.makeLog()
    for input in ["nowhere", "log"] {
      let outcome = try bench.intaglio("record", "log", input)
      #expect(outcome.exitCode == 1 && outcome.hasOneLineError)
      #expect(outcome.errors.contains(input))
    }
  }

  @Test func aMissingLogIsNotMadeUnlessAskedFor() throws {
    let refused = try bench.intaglio("record", "log", input: "1\n")
    #expect(refused.exitCode == 1 && refused.hasOneLineError)
    #expect(refused.errors.contains("`intaglio init`") && refused.errors.contains("--create"))
    #expect(try bench.intaglio("record", "log", "--create", input: "1\n").exitCode == 0)
  }

  @Test func aRefusedInputMakesNoLog() throws {
    #expect(try bench.intaglio("record", "log", "--create", input: "x\n").exitCode == 1)
    #expect(try bench.intaglio("stat", "log").exitCode == 1)
    #expect(!(try bench.names(in: bench.directory.path)).contains("log"))
  }

  @Test func aBusyLogIsAnErrorWithTheProcessOfItsWriter() throws {
    try bench.makeLog()
    let log = try Log.open(at: bench.directory.path.appending("log"))
    let outcome = try bench.intaglio("record", "log", input: "1\n")
    #expect(outcome.exitCode == 1 && outcome.hasOneLineError)
    #expect(outcome.errors.contains("\(getpid())"))
    #expect(try bench.intaglio("stat", "log").output.contains("a process has it open"))
    try log.close()
    #expect(try bench.intaglio("stat", "log").lines.last == "writer        none")
  }
}
