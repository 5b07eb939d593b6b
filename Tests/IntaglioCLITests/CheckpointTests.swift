import Intaglio
import SystemPackage
import Testing

@Suite struct CheckpointTests {
  let bench: Bench

  init() throws {
    bench = try Bench()
    try bench.makeLog()
  }

  /// Makes the checkpoint `one` (record 9), changes two keys and adds one.
  private func makeStates() throws {
    try bench.set("memory", "a", "1")
    try bench.run("checkpoint", "log", "one")
    try bench.set("memory", "a", "22")
    try bench.set("context", "b", "3")
  }

  @Test func aCheckpointIsMadeAndListed() throws {
    try bench.set("memory", "a", "1")
    let made = try bench.intaglio("checkpoint", "log", "before the payment")
    #expect(made.exitCode == 0 && made.errors.isEmpty)
    #expect(made.output == #"checkpoint 9 of main, "before the payment", has 1 key"# + "\n")
    try bench.set("context", "b", "2")
    try bench.run("checkpoint", "log", "after")
    let lines = try bench.intaglio("checkpoints", "log").lines
    #expect(lines.count == 2)
    #expect(lines[0].hasPrefix("       9  20"))
    #expect(lines[0].contains(#"Z  "before the payment"  memory 1  "#) && lines[0].hasSuffix("…"))
    #expect(lines[1].contains(#"Z  "after"               context 1, memory 1  "#))
    #expect(try bench.intaglio("checkpoints", "log", "--last", "1").lines == [lines[1]])
    #expect(try bench.intaglio("checkpoints", "log", "--last", "0").output == "no checkpoints\n")
  }

  @Test func aListedCheckpointHasAllMembersInJSON() throws {
    try makeStates()
    let query = #"[keys_unsorted, .automatic, .counts, .label, .previous, .sequence, .version]"#
    let outcome = try bench.shell(#""$intaglio" checkpoints log --json | jq -c '\#(query)'"#)
    #expect(
      outcome.output
        == #"[["automatic","counts","label","previous","root","sequence","time","version"],"#
        + #"false,{"memory":1},"one",null,9,6]"# + "\n")
    let root = try bench.shell(#""$intaglio" checkpoints log --json | jq -r .root"#)
    #expect(root.output.utf8.count == 65)
  }

  @Test func aDifferenceHasALineForEachKey() throws {
    try makeStates()
    try bench.set("memory", "c", "x")
    try bench.run("checkpoint", "log", "two")
    try bench.run("state", "remove", "log", "memory", "c")
    #expect(
      try bench.intaglio("diff", "log", "one", "current").lines == [
        "change     before     after  component     key",
        "added           -         1  context       b",
        "changed         1         2  memory        a",
      ])
    #expect(
      try bench.intaglio("diff", "log", "two", "current").lines.last
        == "removed         1         -  memory        c")
    #expect(try bench.intaglio("diff", "log", "9", "one").output == "no difference\n")
    #expect(try bench.intaglio("diff", "log", "9", "one", "--json").output == "")
    #expect(
      try bench.intaglio("diff", "log", "one", "current", "--json").lines == [
        #"{"change":"added","component":"context","key":"b","new":{"byteCount":1,"sequence":14},"old":null}"#,
        #"{"change":"changed","component":"memory","key":"a","new":{"byteCount":2,"sequence":11},"old":{"byteCount":1,"sequence":5}}"#,
      ])
  }

  @Test func aPreviewChangesNothingAndSaysWhatWouldChange() throws {
    try makeStates()
    let count = try bench.recordCount()
    let preview = try bench.intaglio("rollback", "log", "one", "--preview")
    #expect(preview.exitCode == 0)
    #expect(preview.lines[0].hasPrefix(#"to checkpoint 9 of main, "one", of 20"#))
    #expect(
      preview.lines.dropFirst() == [
        "back again   changed      gone  component",
        "         0         0         1  context",
        "         0         1         0  memory",
        "records since then, which stay: 6",
      ])
    #expect(try bench.recordCount() == count)
    #expect(try bench.intaglio("state", "get", "log", "memory", "a").output == "22\n")
  }

  @Test func aRollbackBringsBackWhatWasAndCanBeRolledForward() throws {
    try makeStates()
    let outcome = try bench.intaglio("rollback", "log", "one", "--reason", "wrong", "--by", "ops")
    #expect(outcome.exitCode == 0 && outcome.errors.isEmpty)
    #expect(
      outcome.lines == [
        #"rolled main back to checkpoint 9, "one""#,
        "what was current until now is checkpoint 18",
      ])
    #expect(try bench.intaglio("state", "get", "log", "memory", "a").output == "1\n")
    #expect(
      try bench.intaglio("state", "get", "log", "memory", "a", "--at", "18").output == "22\n")
    #expect(try bench.intaglio("checkpoints", "log").lines.last?.contains("Z  automatic  ") == true)
    let preview = try bench.intaglio("rollback", "log", "one", "--preview")
    #expect(preview.lines[1] == "no key would change")
    let record = try bench.shell(
      #""$intaglio" show log 19 --raw | jq -c '[.by, .checkpoint, .reason]'"#)
    #expect(record.output == #"["ops",9,"wrong"]"# + "\n")

    let forward = try bench.intaglio("rollback", "log", "18", "--reason", "it was right")
    #expect(forward.output == "rolled main back to checkpoint 18, automatic\n")
    #expect(try bench.intaglio("state", "list", "log", "--component", "context").lines.count == 2)
    #expect(
      try bench.shell(#"test "$("$intaglio" show log 21 --raw | jq -r .by)" = "$(id -un)""#)
        .exitCode == 0)
    #expect(try bench.intaglio("verify", "log").exitCode == 0)
  }

  @Test func aLabelMustNameOneCheckpoint() throws {
    try makeStates()
    for _ in 0..<2 { try bench.run("checkpoint", "log", "twice") }
    try bench.run("checkpoint", "log", "9")
    try bench.run("checkpoint", "log", "current")
    try bench.run("checkpoint", "log", "caf\u{E9}")
    let count = try bench.recordCount()
    for command in [
      "state list log --at", "state get log memory a --at", "diff log current",
      "diff log current --space main", "rollback log --preview", "rollback log --reason r",
    ] {
      let twice = try bench.shell(#""$intaglio" \#(command) twice"#)
      #expect(twice.exitCode == 1 && twice.hasOneLineError && twice.output.isEmpty)
      #expect(twice.errors.contains(#"2 checkpoints of main are labelled "twice", 18, 20: "#))
      let unknown = try bench.shell(#""$intaglio" \#(command) never"#)
      #expect(unknown.exitCode == 1 && unknown.hasOneLineError)
      #expect(unknown.errors.contains(#"main has no checkpoint labelled "never""#))
      for number in ["6", "1000000", "18446744073709551615"] {
        let wrong = try bench.shell(#""$intaglio" \#(command) \#(number)"#)
        #expect(wrong.exitCode == 1 && wrong.hasOneLineError)
        #expect(wrong.errors.contains("record \(number) is not a checkpoint"))
      }
      // Equivalent to a label for Unicode, but not the label.
      #expect(try bench.shell(#""$intaglio" \#(command) $'cafe\u0301'"#).exitCode == 1)
    }
    #expect(try bench.recordCount() == count)
    // A number is a number, though a label looks like it; so is `current`.
    #expect(
      try bench.intaglio("state", "get", "log", "memory", "a", "--at", "9").output == "1\n")
    #expect(try bench.intaglio("rollback", "log", "current", "--preview").exitCode == 2)
  }

  @Test func aLabelOfManyIsNotListedWithoutEnd() throws {
    let log = try Log.open(at: bench.log)
    for _ in 0..<40 { try log.checkpoint(label: "many") }
    try log.close()
    let outcome = try bench.intaglio("rollback", "log", "many", "--preview")
    #expect(outcome.errors.contains("40 checkpoints of main are labelled"))
    #expect(outcome.errors.contains(#""many", … "#) && outcome.errors.utf8.count < 200)
  }

  @Test func aCheckpointOfAnotherSpaceIsRefused() throws {
    try makeStates()
    try bench.set("memory", "a", "1", space: "other")
    try bench.run("checkpoint", "log", "elsewhere", "--space", "other")
    let count = try bench.recordCount()
    for reference in ["elsewhere", "\(count - 1)"] {
      for command in [
        "rollback log \(reference) --reason r", "rollback log \(reference) --preview",
        "diff log \(reference) current", "state list log --at \(reference)",
      ] {
        let outcome = try bench.shell(#""$intaglio" \#(command)"#)
        #expect(outcome.exitCode == 1 && outcome.hasOneLineError && outcome.output.isEmpty)
      }
      #expect(
        try bench.intaglio("rollback", "log", reference, "--preview", "--space", "other").exitCode
          == 0)
    }
    #expect(try bench.recordCount() == count)
  }

  @Test func hostileKeysLabelsAndNamesReachNoTerminal() throws {
    let hostile = "a\u{1B}[2J\u{202E}\u{200B}\u{7F}\\"
    let log = try Log.open(at: bench.log)
    let space = try log.stateSpace(named: "s\u{202E}\u{200B}")
    try space.transaction { state in
      try state.set(Array("\u{1B}[2J\u{202E}".utf8), "memory", hostile)
      try state.set([1, 2], "me\\m", [0x1B, 0xFF])
    }
    try space.checkpoint(label: hostile)
    try space.transaction { try $0.set([1], "memory", hostile) }
    try space.checkpoint(label: "twice\u{202E}")
    try space.checkpoint(label: "twice\u{202E}")
    try log.close()
    for command in [
      "state list log $s", "state list log $s --json", "state list log $s --hex",
      "state get log $s memory \"$h\"", "state get log $s memory \"$h\" --at \"$h\"",
      "state get log $s memory \"$h$h\"", "state set log $s memory \"$h\" 1",
      "state set log $s memory \"$h\" 2", "state remove log $s memory \"$h$h\"",
      "state spaces log", "state spaces log --json", "state list log", "checkpoints log $s",
      "checkpoints log $s --json", "checkpoint log \"$h\" --space=$'s\\u202e\\u200b\\u2066'",
      "diff log $s 8 current", "diff log $s 8 current --json",
      "rollback log $s 8 --preview", "rollback log $s twice$'\\u202e' --preview",
      "rollback log $s \"$h$h\" --preview", "rollback log $s 8 --reason \"$h\" --by \"$h\"",
      "state remove log $s memory \"$h\"", "log log", "show log 7", "show log 8", "show log 9",
      "state list log --space $'\\x1b\\u202e'", "state get log $'c\\u202e' k",
      "checkpoint log \"$h\" $s",
    ] {
      let setting =
        #"h=$'a\x1b[2J\u202e\u200b\x7f\\'; s=$'--space=s\u202e\u200b'; "$intaglio" "#
      let outcome = try bench.shell(setting + command)
      let text = outcome.output + outcome.errors
      #expect(!text.isEmpty, "\(command)")
      #expect(text.isSafeForTerminals, "\(command) prints \(text.unicodeScalars.map(\.value))")
    }
    let list = try bench.shell(#""$intaglio" state list log --space $'s\u202e\u200b'"#)
    #expect(list.lines.last?.hasSuffix("me\\\\m         0x1bff") == true)
  }

  @Test func namesInErrorsAreEscapedOnce() throws {
    let log = try Log.open(at: bench.log)
    try log.stateSpace(named: #"s\"#).transaction { try $0.set([1], "memory", "k") }
    try log.close()
    // The first is the engine's, the others the command's.
    let number = try bench.intaglio("state", "list", "log", #"--space=s\"#, "--at", "3")
    #expect(
      number.errors
        == #"intaglio: record 3 is not a checkpoint of the state space s\\: "#
        + "`intaglio checkpoints` lists those that it has\n")
    let label = try bench.intaglio("state", "list", "log", #"--space=s\"#, "--at", "\u{1B}\\")
    #expect(
      label.errors
        == #"intaglio: s\\ has no checkpoint labelled "\u{1B}\\": "#
        + "`intaglio checkpoints` lists those that it has\n")
    let key = try bench.intaglio("state", "get", "log", #"--space=s\"#, "memory", #"k\"#)
    #expect(
      key.errors
        == #"intaglio: the state of s\\ has no memory/k\\: `intaglio state list` lists what it has"#
        + "\n")
  }
}

extension Bench {
  /// Runs the command, which must succeed.
  func run(_ arguments: String...) throws {
    let outcome = try start(arguments).outcome()
    try #require(outcome.exitCode == 0, "\(arguments): \(outcome.errors)")
  }
}
