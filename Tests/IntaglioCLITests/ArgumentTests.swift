import Glibc
import SystemPackage
import Testing

@Suite struct ArgumentTests {
  static let commands = [
    "init", "record", "log", "show", "streams", "head", "stat", "verify", "export", "demo",
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
    let help = try bench.intaglio("help", command).output
    #expect(help.contains("Example:  intaglio \(command)"))
  }

  @Test(arguments: [
    "nothing", "log", "log log --bogus", "log log extra", "show log", "show log x", "show log -1",
    "log log --last -1", "log log --last 1 --from 1", "log log --from 2 --to 1",
    "log log --follow --to 3", "record log --stream a --stream-key b", "record log --stream ''",
    "verify log --head 1", "verify log --head 1:00", "verify log --head x:y",
    "verify log --head 18446744073709551615:0000000000000000000000000000000000000000000000000000000000000000",
    "verify log --threads 0", "init ''", "demo now",
  ]) func wrongArgumentsExitWith2(arguments: String) throws {
    let outcome = try bench.shell(#""$intaglio" \#(arguments)"#)
    #expect(outcome.exitCode == 2 && outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("intaglio: "))
    #expect(outcome.errors.contains("Usage: intaglio"))
  }

  @Test(arguments: commands.filter { !["init", "demo", "verify"].contains($0) })
  func aPlaceWithoutALogIsAnErrorOfOneLine(command: String) throws {
    _ = try bench.shell("mkdir empty; echo text > file; mkdir other; echo '{}' > other/MANIFEST")
    for place in ["nowhere", "empty", "file", "other"] {
      let arguments = command == "show" ? "\(place) 0" : place
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
