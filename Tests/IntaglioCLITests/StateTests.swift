import Glibc
import Intaglio
import SystemPackage
import Testing

@Suite struct StateTests {
  let bench: Bench

  init() throws {
    bench = try Bench()
    try bench.makeLog()
  }

  @Test func aValueIsSetShownAndRemoved() throws {
    let set = try bench.intaglio("state", "set", "log", "memory", "city", "Berlin")
    #expect(set.exitCode == 0 && set.errors.isEmpty)
    #expect(set.output == "set memory/city, 6 bytes; main has version 6\n")
    #expect(try bench.intaglio("state", "get", "log", "memory", "city").output == "Berlin\n")
    #expect(
      try bench.intaglio("state", "get", "log", "memory", "city", "--raw").output == "Berlin")
    let again = try bench.intaglio("state", "set", "log", "memory", "city", "Berlin")
    #expect(again.output == "memory/city has that value already; main has version 6\n")
    let removed = try bench.intaglio("state", "remove", "log", "memory", "city")
    #expect(removed.output == "removed memory/city; main has version 9\n")
    #expect(try bench.intaglio("state", "get", "log", "memory", "city").exitCode == 1)
    #expect(try bench.intaglio("verify", "log").exitCode == 0)
  }

  @Test func keysAreListedWithTheRecordThatSetEach() throws {
    try bench.set("memory", "city", "Berlin")
    try bench.set("context", "goal", "")
    try bench.set("memory", "bear", "brown")
    #expect(
      try bench.intaglio("state", "list", "log").lines == [
        "sequence     bytes  component     key",
        "       8         0  context       goal",
        "      11         5  memory        bear",
        "       5         6  memory        city",
      ])
    #expect(
      try bench.intaglio("state", "list", "log", "--component", "context", "--json").output
        == #"{"byteCount":0,"component":"context","key":"goal","sequence":8}"# + "\n")
    #expect(
      try bench.intaglio("state", "list", "log", "--component", "other").output == "no keys\n")
  }

  @Test func anEmptyStateIsSaidToBeEmpty() throws {
    try bench.set("memory", "city", "Berlin")
    try #require(bench.intaglio("state", "remove", "log", "memory", "city").exitCode == 0)
    #expect(try bench.intaglio("state", "list", "log").output == "no keys\n")
    #expect(try bench.intaglio("state", "list", "log", "--json").output == "")
    #expect(try bench.intaglio("checkpoints", "log").output == "no checkpoints\n")
    #expect(try bench.intaglio("checkpoint", "log", "").output.hasSuffix(#""", has 0 keys"# + "\n"))
    #expect(try bench.intaglio("checkpoints", "log").output.contains("  empty  "))
    #expect(
      try bench.intaglio("state", "spaces", "log").lines == [
        "    keys   version  name", "       0         8  main",
      ])
  }

  @Test func aValueComesFromAFileOrFromStandardInputAsItIs() throws {
    let script = #"""
      head -c 70000 /dev/urandom > value
      "$intaglio" state set log memory file --file value
      "$intaglio" state set log memory pipe - < value
      printf 'a\0\377' | "$intaglio" state set log memory binary -
      printf '' | "$intaglio" state set log memory empty -
      for key in file pipe; do "$intaglio" state get log memory $key --raw | cmp - value; done
      "$intaglio" state get log memory binary
      "$intaglio" state get log memory empty --raw | wc -c
      """#
    let outcome = try bench.shell(script)
    #expect(outcome.errors.isEmpty)
    #expect(outcome.lines.suffix(2) == ["00000000  61 00 ff", "0"])
    #expect(outcome.lines[0].hasPrefix("set memory/file, 70000 bytes; "))
  }

  @Test func aValueThatCannotBeReadOrIsTooLargeChangesNothing() throws {
    try bench.set("memory", "a", "1")
    let count = try bench.recordCount()
    let script = #"""
      head -c 16777217 /dev/zero > large
      "$intaglio" state set log memory a --file large
      "$intaglio" state set log memory a - < large
      "$intaglio" state set log memory a --file nowhere
      "$intaglio" state set log memory a --file .
      """#
    let outcome = try bench.shell(script)
    let errors = outcome.errors.split(separator: "\n")
    #expect(outcome.output.isEmpty && errors.count == 4)
    #expect(errors[0].hasPrefix("intaglio: large has more than 16777216 bytes"))
    #expect(errors[1].hasPrefix("intaglio: standard input has more than 16777216 bytes"))
    #expect(errors[2].contains("nowhere") && errors[3].contains("irectory"))
    #expect(try bench.recordCount() == count)
  }

  @Test func keysOfAnyBytesAreDigits() throws {
    try #require(
      bench.intaglio("state", "set", "log", "memory", "--hex", "ff00", "1").exitCode == 0)
    try bench.set("memory", "0xff00", "2")
    let list = try bench.intaglio("state", "list", "log")
    #expect(list.lines.map { $0.dropFirst(34) } == ["key", "0x307866663030", "0xff00"])
    let digits = try bench.shell(#""$intaglio" state list log --hex --json | jq -r .keyHex"#)
    #expect(digits.lines == ["307866663030", "ff00"])
    let members = try bench.shell(#""$intaglio" state list log --json | jq -r '.key, .keyHex'"#)
    #expect(members.lines == ["0xff00", "null", "null", "ff00"])
    #expect(try bench.intaglio("state", "get", "log", "memory", "0xff00").output == "2\n")
    #expect(try bench.intaglio("state", "get", "log", "memory", "ff00", "--hex").output == "1\n")
    // The system's arguments are any bytes: what is not UTF-8 is no key by accident.
    let accident = try bench.shell(#""$intaglio" state set log memory $'\xff' 3"#)
    #expect(accident.exitCode == 2 && accident.errors.contains("--hex"))
    let value = try bench.shell(#""$intaglio" state set log memory key $'\xff'"#)
    #expect(value.exitCode == 2 && value.errors.contains("--file"))
  }

  @Test func whatBeginsWithAHyphenComesAfterTwo() throws {
    try #require(
      bench.intaglio("state", "set", "log", "--", "memory", "-key", "-5").exitCode == 0)
    #expect(try bench.intaglio("state", "get", "log", "--", "memory", "-key").output == "-5\n")
  }

  @Test func spacesAreApartAndAreListed() throws {
    try bench.set("memory", "a", "1")
    try bench.set("memory", "a", "22", space: "other")
    #expect(
      try bench.intaglio("state", "get", "log", "memory", "a", "--space", "other").output == "22\n")
    #expect(try bench.intaglio("state", "get", "log", "memory", "a").output == "1\n")
    let json = try bench.intaglio("state", "spaces", "log", "--json")
    #expect(
      json.lines == [
        #"{"entryCount":1,"name":"main","version":6}"#,
        #"{"entryCount":1,"name":"other","version":11}"#,
      ])
  }

  @Test(arguments: [
    "state list log", "state get log memory a", "state remove log memory a", "checkpoint log x",
    "checkpoints log", "diff log current current", "rollback log 3 --preview",
    "rollback log 3 --reason r",
  ]) func aSpaceThatIsNotThereIsNotMade(command: String) throws {
    let none = try bench.shell(#""$intaglio" \#(command)"#)
    #expect(none.exitCode == 1 && none.hasOneLineError && none.output.isEmpty)
    #expect(none.errors.hasPrefix("intaglio: log has no state space: `intaglio state set`"))
    try bench.set("memory", "a", "1", space: "one")
    try bench.set("memory", "a", "1", space: "two")
    let count = try bench.recordCount()
    let missing = try bench.shell(#""$intaglio" \#(command) --space three"#)
    #expect(missing.exitCode == 1 && missing.output.isEmpty)
    #expect(
      missing.errors == #"intaglio: log has no state space "three"; it has "one", "two""# + "\n")
    #expect(try bench.recordCount() == count)
  }

  @Test func aLogWithoutStatesListsNone() throws {
    #expect(try bench.intaglio("state", "spaces", "log").output == "no state spaces\n")
    #expect(try bench.intaglio("state", "spaces", "log", "--json").output == "")
  }

  @Test func aKeyThatIsNotThereIsAnErrorAndChangesNothing() throws {
    try bench.set("memory", "a", "1")
    let count = try bench.recordCount()
    for command in ["get", "remove"] {
      let outcome = try bench.intaglio("state", command, "log", "memory", "b")
      #expect(outcome.exitCode == 1 && outcome.hasOneLineError)
      #expect(outcome.errors.hasPrefix("intaglio: the state of main has no memory/b: "))
    }
    #expect(try bench.recordCount() == count)
  }

  @Test func aLogThatAnotherWritesIsReadAndNotChanged() throws {
    try bench.set("memory", "a", "1")
    try #require(bench.intaglio("checkpoint", "log", "one").exitCode == 0)
    try bench.set("memory", "a", "2")
    let log = try Log.open(at: bench.log)
    try log.transaction { try $0.set([0x33], "memory", "a") }.wait()
    let count = try bench.recordCount()
    for command in [
      "state set log memory a 4", "state remove log memory a", "checkpoint log two",
      "rollback log one --reason r",
    ] {
      let outcome = try bench.shell(#""$intaglio" \#(command)"#)
      #expect(outcome.exitCode == 1 && outcome.hasOneLineError && outcome.output.isEmpty)
      #expect(outcome.errors.contains("\(getpid())"))
    }
    #expect(try bench.intaglio("state", "get", "log", "memory", "a").output == "3\n")
    let preview = try bench.intaglio("rollback", "log", "one", "--preview")
    #expect(
      preview.exitCode == 0 && preview.output.contains("         0         1         0  memory"))
    for command in [
      "state list log", "state spaces log", "checkpoints log", "diff log one current",
    ] {
      #expect(try bench.shell(#""$intaglio" \#(command)"#).exitCode == 0)
    }
    #expect(try bench.recordCount() == count)
    try log.close()
  }

  @Test func changesAndNodesAreShownAsLines() throws {
    try bench.set("memory", "a", "1")
    try #require(bench.intaglio("checkpoint", "log", "one").exitCode == 0)
    try #require(bench.intaglio("state", "remove", "log", "memory", "a").exitCode == 0)
    #expect(
      try bench.intaglio("show", "log", "6").output.hasSuffix(
        "\n\nset memory/a, 1 byte in record 5\n"))
    #expect(
      try bench.intaglio("show", "log", "8").output.hasSuffix(
        "\n\nlevel 0, 1 key\nmemory/a, 1 byte in record 5\n"))
    let lines = try bench.intaglio("log", "log").lines
    #expect(lines[6].hasSuffix("state.changed  set memory/a, 1 byte in record 5"))
    #expect(lines[8].hasSuffix("state.node  level 0, 1 key; memory/a, 1 byte in record 5"))
    #expect(lines[11].hasSuffix("state.changed  removed memory/a"))
    let whole = try bench.shell(#""$intaglio" show log 8 --raw | wc -c"#)
    #expect(lines.count == 12 && whole.lines != ["0"])
  }

  @Test func aLargeTreeIsShownNodeByNode() throws {
    let log = try Log.open(at: bench.log)
    try log.transaction { state in
      for number in 0..<2000 { try state.set([1], "memory", "key-\(number)") }
    }
    try log.checkpoint(label: "large")
    try log.close()
    let script = #"""
      for n in $("$intaglio" log log --json | jq 'select(.kind == "state.node") | .sequence')
      do "$intaglio" show log $n; done | grep -c '^memory/key-'
      """#
    #expect(try bench.shell(script).lines == ["2000"])
    #expect(
      try bench.shell(
        #""$intaglio" log log | grep -c 'level 1, 2000 keys; from memory/key-0 on, '"#
      )
      .lines == ["1"])
    #expect(try bench.intaglio("state", "list", "log").lines.count == 2001)
  }
}

extension Bench {
  var log: FilePath { directory.path.appending("log") }

  /// Sets a value of a state of the log `log` by the command.
  func set(
    _ component: String, _ key: String, _ value: String, space: String = "main"
  ) throws {
    let outcome = try intaglio(
      "state", "set", "log", component, key, value, "--space", space)
    try #require(outcome.exitCode == 0, "\(outcome.errors)")
  }

  /// How many durable records the log `log` has.
  func recordCount() throws -> UInt64 { try LogReader.open(at: log).snapshot().count }
}
