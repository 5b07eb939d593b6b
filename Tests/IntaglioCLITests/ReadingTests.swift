import Glibc
import Intaglio
import SystemPackage
import Testing

@Suite struct ReadingTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  private var path: FilePath { bench.directory.path.appending("log") }

  @Test func aListingHasNumberTimeStreamKindAndPayload() throws {
    try bench.makeLog([#"{"type":"tool.start"}"#])
    let line = try #require(try bench.intaglio("log", "log").lines.last)
    #expect(line.hasPrefix("3  20"))
    #expect(line.hasSuffix(#"Z  main          event  {"type":"tool.start"}"#))
    #expect(
      line.utf8.count
        == #"3  2026-01-01T00:00:00.000Z  main          event  {"type":"tool.start"}"#.utf8.count)
  }

  @Test func aLongPayloadIsCutInAListingAndWholeInJSON() throws {
    let payload = "\"" + String(repeating: "é", count: 300) + "\""
    try bench.makeLog([payload])
    let line = try bench.intaglio("log", "log", "--last", "1")
    #expect(line.output.hasSuffix("\"" + String(repeating: "é", count: 99) + "…\n"))
    #expect(try bench.intaglio("log", "log", "--last", "1", "--json").output.contains(payload))
  }

  @Test func rangesAreInclusiveAndCutToWhatThereIs() throws {
    try bench.makeLog((3..<10).map(String.init))
    func numbers(_ options: String) throws -> [String] {
      try bench.shell(#""$intaglio" log log --json \#(options) | jq .sequence"#).lines
    }
    #expect(try numbers("--from 4 --to 6") == ["4", "5", "6"])
    #expect(try numbers("--from 8 --to 18446744073709551615") == ["8", "9"])
    #expect(try numbers("--from 18446744073709551615") == [])
    #expect(try numbers("--to 1") == ["0", "1"])
    #expect(try numbers("--last 2") == ["8", "9"])
    #expect(try numbers("--last 0") == [])
    #expect(try numbers("--last 100").count == 10)
  }

  @Test func aStreamIsListedAlone() throws {
    try bench.makeLog(["1"])
    _ = try bench.intaglio("record", "log", "--stream", "other", input: "2\n3\n")
    _ = try bench.intaglio("record", "log", input: "4\n5\n")
    func payloads(_ options: String) throws -> [String] {
      try bench.shell(#""$intaglio" log log --json \#(options) | jq -c .payload"#).lines
    }
    #expect(try payloads("--stream main") == ["1", "4", "5"])
    #expect(try payloads("--stream main --last 2") == ["4", "5"])
    #expect(try payloads("--stream other --last 1") == ["3"])
    #expect(try payloads("--stream log --last 1") == [#"{"epoch":3}"#])
    let unknown = try bench.intaglio("log", "log", "--stream", "none")
    #expect(unknown.exitCode == 1 && unknown.hasOneLineError)
    #expect(unknown.errors.contains("`intaglio streams`"))
  }

  @Test func aRecordIsShownWhole() throws {
    try bench.makeLog([#"{"name":"x","list":[1,{"deep":null}],"empty":{}}"#])
    let lines = try bench.intaglio("show", "log", "3").output.split(
      separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0] == "record   3")
    #expect(lines[1].hasPrefix("time     20") && lines[1].hasSuffix("Z"))
    #expect(lines[2] == "stream   main")
    #expect(lines[3] == "kind     event")
    #expect(lines[4].hasPrefix("digest   ") && lines[5].hasPrefix("chain    "))
    #expect(lines[6] == "payload  48 bytes")
    #expect(
      lines[7...].joined(separator: "\n") == """

        {
          "name": "x",
          "list": [
            1,
            {
              "deep": null
            }
          ],
          "empty": {}
        }

        """)
    let missing = try bench.intaglio("show", "log", "4")
    #expect(missing.exitCode == 1 && missing.hasOneLineError)
  }

  @Test func bytesThatAreNoTextAreShownAsDigitsAndExportedInBase64() throws {
    let log = try Log.create(at: path)
    let stream = try log.stream(named: "bytes")
    try log.append([0xFF, 0x00, 0x10], to: stream, salted: true).wait()
    try log.append(Array("plain text\n".utf8), to: stream, kind: RecordKind(300)).wait()
    try log.close()
    let shown = try bench.intaglio("show", "log", "3").output
    #expect(shown.contains("payload  3 bytes, salted\n\n00000000  ff 00 10\n"))
    #expect(try bench.intaglio("show", "log", "4").output.hasSuffix("bytes\n\nplain text\n\n"))
    let exported = try bench.shell(
      #""$intaglio" export log | tail -n 2 | jq -r '[.payloadBase64, .salted, .kind] | @csv'"#)
    #expect(exported.lines == [#""/wAQ",true,"event""#, #""cGxhaW4gdGV4dAo=",,"300""#])
    #expect(bytes(of: try rawPayload(3)) == [0xFF, 0x00, 0x10])
  }

  /// Writes the payload of a record into a file.
  private func rawPayload(_ number: Int) throws -> String {
    _ = try bench.shell(#""$intaglio" show log \#(number) --raw > raw"#)
    return bench.directory.path(of: "raw").string
  }

  @Test func anExportReadsBackAsTheSameRecords() throws {
    let lines = [
      #"{"run":"a","text":"späte Grüße 👩‍👩‍👧"}"#, #"{"run":"b","n":1.50e3,"deep":[[],{}]}"#,
      #"{"run":"a","escapes":"\u0000\"\\\/\ud83d\ude00"}"#,
    ]
    try bench.makeLog()
    let input = lines.map { $0 + "\n" }.joined()
    _ = try bench.intaglio("record", "log", "--stream-key", "run", input: input)
    let script = #"""
      "$intaglio" export log > export.jsonl
      jq -c 'select(.stream != "log") | .payload' export.jsonl > payloads.jsonl
      "$intaglio" record again --create payloads.jsonl --stream-key run > /dev/null
      "$intaglio" export again | jq -c 'select(.stream != "log") | [.stream, .payload]' > two
      jq -c 'select(.stream != "log") | [.stream, .payload]' export.jsonl > one
      cmp one two && wc -l < one
      """#
    let outcome = try bench.shell(script)
    #expect(outcome.exitCode == 0 && outcome.lines == ["3"], "\(outcome.errors)")
    let order = try bench.shell(#""$intaglio" export log | jq -c keys_unsorted | sort -u"#)
    #expect(
      order.lines == [#"["sequence","time","stream","kind","digest","chain","payload"]"#])
    #expect(
      try bench.shell(#"cmp <("$intaglio" export log) <("$intaglio" log log --json)"#).exitCode == 0
    )
  }

  @Test func hostileTextReachesNoTerminal() throws {
    let log = try Log.create(at: path, origin: "safe\u{202E}origin\\")
    let stream = try log.stream(named: "zero\u{200B}width\u{2066}")
    try log.append(Array("{\"k\u{9B}\":\n\"\u{202E}\u{7F}\u{E0041}\u{FEFF}\"}".utf8), to: stream)
    try log.append(Array("\u{1B}[2J\u{9B}2J\u{200F}\r\n\u{2028}".utf8), to: stream).wait()
    try log.close()
    for command in [
      "log log", "log log --json", "show log 3", "show log 4", "streams log", "streams log --json",
      "stat log", "stat log --json", "export log", "verify log", "verify log --json",
      "log log --stream $'\\x1b\\u202e'", "show log $'\\u202e'", "init $'a\\x1b\\u202e'",
    ] {
      let outcome = try bench.shell(#""$intaglio" \#(command)"#)
      let text = outcome.output + outcome.errors
      #expect(!text.isEmpty)
      #expect(text.isSafeForTerminals, "\(command) prints \(text.unicodeScalars.map(\.value))")
    }
    let same = try bench.shell(
      #""$intaglio" export log | sed -n 4p | jq -j '.payload[]' | od -An -tx1"#)
    #expect(same.output.split(separator: " ").joined() == "e280ae7ff3a08181efbbbf\n")
  }

  @Test func theHeadIsInTheFormThatVerifyTakes() throws {
    try bench.makeLog(["1", "2"])
    let head = try bench.intaglio("head", "log").output
    let parts = head.dropLast().split(separator: ":")
    #expect(parts.count == 2 && parts[0] == "4" && parts[1].count == 64)
    let json = try bench.shell(#""$intaglio" head log --json | jq -r '"\(.sequence):\(.chain)"'"#)
    #expect(json.output == head)
    #expect(try bench.intaglio("verify", "log", "--head", String(head.dropLast())).exitCode == 0)
  }

  @Test func theSizesAddUp() throws {
    try bench.makeLog(["1", "2"])
    let text = try bench.intaglio("stat", "log").output
    #expect(text.contains("records       5 in 1 stream and the log's own\n"))
    let query =
      #"[.recordCount, .streamCount, .segmentCount, .segmentByteCount, .isBeingWritten, "#
      + #".usedByteCount > 4096, .bytesPerRecord * 5 - .usedByteCount < 5, .firstTime < .lastTime]"#
    let json = try bench.shell(#""$intaglio" stat log --json | jq -c '\#(query)'"#)
    #expect(json.output == "[5,1,1,262144,false,true,true,true]\n")
  }

  @Test func followingShowsNewRecordsAndEndsWithAnInterrupt() throws {
    let log = try Log.create(at: path)
    let stream = try log.stream(named: "main")
    try log.append(Array("1".utf8), to: stream).wait()
    for options in [["--json"], ["--stream", "main"], ["--last", "1"]] {
      let run = try bench.start(["log", "log", "--follow"] + options)
      #expect(run.waitUntil { $0.contains("main") })
      let marker = "\"new-\(options[0])\""
      try log.append(Array(marker.utf8), to: stream).wait()
      #expect(run.waitUntil { $0.contains(marker) })
      run.interrupt()
      let outcome = run.outcome()
      #expect(outcome.exitCode == 0 && outcome.errors.isEmpty)
    }
    try log.close()
  }

  @Test func followingSeesAStreamThatIsDeclaredLater() throws {
    let log = try Log.create(at: path)
    let run = try bench.start(["log", "log", "--follow", "--stream", "late"])
    usleep(100_000)
    let stream = try log.stream(named: "late")
    try log.append(Array("1".utf8), to: stream).wait()
    #expect(run.waitUntil { $0.contains("late") })
    run.interrupt()
    #expect(run.outcome().lines.count == 1)
    try log.close()
  }

  @Test func aPipeThatIsClosedEarlyIsNoComplaint() throws {
    try bench.makeLog((0..<5000).map { #"{"number":\#($0),"text":"a line of some length"}"# })
    for command in ["log log", "log log --json", "export log", "log log --follow", "verify log"] {
      let outcome = try bench.shell(
        #"set -o pipefail; "$intaglio" \#(command) | head -n 1; echo $?"#)
      #expect(outcome.errors.isEmpty, "\(command)")
      #expect(outcome.lines.count == 2 && outcome.lines.last == "0", "\(command)")
    }
  }

  @Test func anOutputThatIsFullIsAnError() throws {
    try bench.makeLog(["1"])
    let outcome = try bench.shell(#""$intaglio" export log > /dev/full"#)
    #expect(outcome.exitCode == 1 && outcome.hasOneLineError)
    #expect(outcome.errors.contains("standard output"))
  }
}
