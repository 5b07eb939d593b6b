import Glibc
import SystemPackage
import Testing

@Suite struct ArgumentTests {
  static let commands = [
    "init", "record", "log", "show", "streams", "state list", "state get", "state set",
    "state remove", "state spaces", "checkpoint", "checkpoints", "diff", "rollback", "head", "stat",
    "verify", "export", "runs", "run show", "missions", "mission show", "mission grant",
    "mission revoke", "policy replay",
    "reviews", "review show", "approve", "reject", "key generate", "demo",
  ]

  /// What a command needs besides the log.
  static let furtherArguments = [
    "show": " 0", "state get": " memory a", "state set": " memory a 1",
    "state remove": " memory a", "checkpoint": " one", "diff": " 1 current",
    "rollback": " 1 --reason r", "run show": " run-1", "mission show": " m",
    "mission grant": " m a x", "mission revoke": " m a x",
    "review show": " abcdef",
    "approve": " abcdef --digest 00000000",
    "reject": " abcdef --digest 00000000",
  ]

  let bench: Bench

  init() throws { bench = try Bench() }

  @Test(arguments: [
    "", "--version", "help", "help verify", "--help", "log --help",
  ]) func helpThatIsAskedForIsNoError(arguments: String) throws {
    let outcome = try bench.shell(#""$intaglio" \#(arguments)"#)
    #expect(outcome.exitCode == 0 && outcome.errors.isEmpty && !outcome.output.isEmpty)
  }

  @Test(arguments: commands) func theHelpOfEveryCommandHasAnExample(command: String) throws {
    let help = try bench.shell(#""$intaglio" help \#(command)"#).output
    #expect(help.contains("Example:  intaglio \(command)"))
  }

  @Test(arguments: [
    "nothing", "log", "log log --bogus", "log log extra", "show log", "show log x", "show log -1",
    "log log --last -1", "log log --last 1 --from 1", "log log --from 2 --to 1",
    "log log --follow --to 3", "record log --stream a --stream-key b", "record log --stream ''",
    "verify log --head 1", "verify log --head 1:00", "verify log --head x:y",
    "verify log --head 18446744073709551615:0000000000000000000000000000000000000000000000000000000000000000",
    "verify log --threads 0", "init ''", "demo now", "run show", "run show store",
    "missions", "mission show", "mission show store", "mission nothing",
    "mission grant", "mission grant store m a", "mission revoke store m a",
    "mission revoke store m a x y",
    "policy replay", "policy replay file", "state nothing", "state list",
    "state list log --space ''", "state list log --space $'a\\n'", "state list log --at ''",
    "state list log --at 18446744073709551616", "state list log --component ''",
    "state list log --component 'a b'", "state get log", "state get log memory",
    "state get log memory ''", "state get log 'a b' k", "state get log memory k --hex",
    "state get log memory '' --hex", "state set log memory k", "state set log memory k v --file f",
    "state set log memory k v w", "state set log memory k --file ''",
    "state set log memory $(printf %01025d) v", "state set log é k v", "state remove log memory",
    "state spaces", "checkpoint log", "checkpoint log $(printf %0256d)",
    "checkpoints log --last -1",
    "diff log", "diff log 1", "diff log 1 ''", "rollback log", "rollback log 1",
    "rollback log 1 --reason ''", "rollback log 1 --preview --reason r",
    "rollback log 1 --preview --by me", "rollback log current --reason r",
    "rollback log 1 --reason $(printf %04097d)",
    "rollback log 1 --reason r --by $(printf %0256d)",
  ]) func wrongArgumentsExitWith2(arguments: String) throws {
    let outcome = try bench.shell(#""$intaglio" \#(arguments)"#)
    #expect(outcome.exitCode == 2 && outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("intaglio: "))
    #expect(outcome.errors.contains("Usage: intaglio"))
  }

  @Test(
    arguments: commands.filter {
      !["init", "demo", "verify", "policy replay", "key generate"].contains($0)
    })
  func aPlaceWithoutALogIsAnErrorOfOneLine(command: String) throws {
    _ = try bench.shell("mkdir empty; echo text > file; mkdir other; echo '{}' > other/MANIFEST")
    for place in ["nowhere", "empty", "file", "other"] {
      let arguments = place + (Self.furtherArguments[command] ?? "")
      let outcome = try bench.shell(#""$intaglio" \#(command) \#(arguments)"#, input: "1\n")
      #expect(outcome.exitCode == 1 && outcome.hasOneLineError, "\(command) \(place)")
      #expect(outcome.output.isEmpty && outcome.errors.contains(place))
    }
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everything"))
  func aLogWithoutPermissionIsAnErrorOfOneLine() throws {
    try bench.makeLog(["1"])
    _ = chmod(bench.directory.path(of: "log").string, 0)
    defer { _ = chmod(bench.directory.path(of: "log").string, 0o700) }
    for command in ["log log", "stat log", "record log", "export log"] {
      let outcome = try bench.shell(#""$intaglio" \#(command)"#, input: "1\n")
      #expect(outcome.exitCode == 1 && outcome.hasOneLineError, "\(command)")
      #expect(outcome.errors.contains("ermission"))
    }
    #expect(try bench.intaglio("verify", "log").exitCode == 3)
  }
}
