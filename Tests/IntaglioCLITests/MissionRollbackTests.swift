import Intaglio
import IntaglioHooks
import Testing

@Suite struct MissionRollbackCommandTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  private func makeStore() async throws {
    let policy = #"""
      {"version":1,"default":"allow","rules":[
        {"id":"mail","when":{"tool":"mail"},"effect_class":"irreversible"},
        {"id":"ask","when":{"tool":"pay"},"effect":"review"}]}
      """#
    let governor = try await Governor.open(
      at: bench.directory.path.appending("store"),
      options: try governorOptions(policy))
    var description = RunDescription(agent: "clerk", mission: "m")
    description.id = "one"
    let run = try await governor.start(description)
    for value in ["1", "2"] {
      try await run.change { state throws(LogError) in
        try state.set(Array(value.utf8), "memory", "k")
      }
      try await run.checkpoint(label: "set")
    }
    _ = try await governor.tool("mail") { _ in "" }("{}", in: run)
    _ = try await run.decide([ToolCall(function: "pay", arguments: "{}")])
    try await run.pause(reason: "r")
    await governor.close()
  }

  @Test func aPreviewTellsWhatWouldChangeAndARollbackDoesIt() async throws {
    try await makeStore()
    let preview = try bench.intaglio(
      "mission", "rollback", "store", "m", "--run", "one", "--preview")
    for part in [
      "memory", "voided: ticket ", "function:pay of one", "ended: the paused run one",
      "not taken back: function:mail of one #0, ok, effect irreversible",
    ] {
      #expect(preview.output.contains(part), "\(part): \(preview.output)\(preview.errors)")
    }
    let arguments = ["mission", "rollback", "store", "m", "--run", "one", "--reason", "r"]
    let refused = try bench.start(arguments).outcome()
    #expect(refused.exitCode == 1 && refused.hasOneLineError && refused.errors.contains("force"))
    let done = try bench.start(arguments + ["--force"]).outcome()
    #expect(done.exitCode == 0 && done.output.hasPrefix("rolled m back to checkpoint "))
    #expect(try bench.intaglio("reviews", "store").output.isEmpty)
    #expect(try bench.intaglio("runs", "store").output.contains("failed"))
    let gone = try bench.intaglio("state", "get", "store/0", "memory", "k", "--space", "mission/m")
    #expect(gone.exitCode == 1)
    #expect(try bench.intaglio("verify", "store").exitCode == 0)
  }

  @Test func aLabelThatTwoHaveIsNotGuessed() async throws {
    try await makeStore()
    let outcome = try bench.intaglio("mission", "rollback", "store", "m", "set", "--preview")
    #expect(outcome.exitCode == 1 && outcome.hasOneLineError)
    #expect(outcome.errors.contains("2 checkpoints labelled set"))
  }

  @Test(arguments: [
    "mission rollback store m", "mission rollback store m set", "mission rollback store m --latest",
    "mission rollback store m set --latest --preview",
    "mission rollback store m set --preview --force", "mission rollback store m set --reason ''",
  ]) func wrongArgumentsExitWith2(arguments: String) throws {
    let outcome = try bench.shell(#""$intaglio" \#(arguments)"#)
    #expect(outcome.exitCode == 2 && outcome.errors.contains("Usage: intaglio"))
  }
}
