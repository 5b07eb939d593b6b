import IntaglioHooks
import Testing

@Suite struct ReviewCommandTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  private func open(_ policy: String? = nil) async throws -> Governor {
    let text =
      policy
      ?? #"{"version":1,"default":"allow","rules":[{"id":"ask","when":{"tool":"pay"},"effect":"review","reason":"money"}]}"#
    return try await Governor.open(
      at: bench.directory.path.appending("store"),
      options: try governorOptions(text))
  }

  private func ask(_ governor: Governor) async throws -> (run: GovernedRun, decision: ToolDecision)
  {
    var description = RunDescription(agent: "clerk", mission: "m")
    description.id = "one"
    let run = try await governor.start(description)
    let call = ToolCall(function: "pay", arguments: #"{"to":"x\u001b[2J","amount":5}"#)
    let decision = try await run.decide([call])[0]
    // What was ordered is written with the next sync.
    try await run.checkpoint(label: "asked")
    return (run, decision)
  }

  /// The name and the digest of the only ticket.
  private func ticket() throws -> (name: String, digest: String) {
    let json = try bench.shell(
      #""$intaglio" reviews store --json | jq -r '.ticket + " " + .argumentsDigest'"#)
    let words = json.output.split(whereSeparator: \.isWhitespace).map(String.init)
    try #require(words.count == 2, "\(json.errors)")
    return (words[0], words[1])
  }

  @Test func aCallIsApprovedFromAnotherProcessWhileItsRunWaits() async throws {
    let governor = try await open()
    let (run, decision) = try await ask(governor)
    let (name, digest) = try ticket()
    let line = try bench.intaglio("reviews", "store").output
    #expect(line.contains("open") && line.contains("function:pay") && line.contains("(money)"))
    let shown = try bench.intaglio("review", "show", "store", String(name.prefix(8)))
    #expect(shown.output.contains(#"{"to":"x\\u001b[2J","amount":5}"#), "\(shown.output)")
    #expect(shown.output.contains(digest) && shown.output.contains("so far:"))
    let wrong = try bench.intaglio("approve", "store", name, "--digest", "00000000")
    #expect(wrong.exitCode == 1 && wrong.hasOneLineError)
    let waiter = Task { try await run.waitForReview(decision) }
    let approved = try bench.intaglio(
      "approve", "store", name, "--digest", String(digest.prefix(8)), "--reason", "fine")
    #expect(approved.exitCode == 0, "\(approved.errors)")
    #expect(try await waiter.value.effect == .allow)
    let again = try bench.intaglio("reject", "store", name, "--digest", digest)
    #expect(again.exitCode == 1 && again.errors.contains("does not count"))
    _ = try await run.perform(try await run.reviewed(decision)) { permit in
      .ok(try permit.arguments(for: decision.call.tool))
    }
    try await run.end()
    await governor.close()
    #expect(try bench.intaglio("reviews", "store").output.isEmpty)
    #expect(try bench.intaglio("reviews", "store", "--all").output.contains("used"))
    #expect(try bench.intaglio("run", "show", "store", "one").output.contains("approved"))
    #expect(try bench.intaglio("verify", "store").exitCode == 0)
  }

  @Test func aPausedRunsCallIsRejectedWhenNoProgramWritesTheLog() async throws {
    let governor = try await open()
    let (run, _) = try await ask(governor)
    try await run.pause(reason: "review")
    await governor.close()
    let (name, digest) = try ticket()
    let rejected = try bench.intaglio(
      "reject", "store", name, "--digest", digest, "--reason", "no")
    #expect(rejected.exitCode == 0 && rejected.output == "rejected\n", "\(rejected.errors)")
    let second = try await open()
    let resumed = try await second.resume("one")
    #expect(resumed.reviews.map(\.effect) == [.deny])
    try await resumed.run.end()
    await second.close()
  }

  @Test func aKeyOfAnApproverDecides() async throws {
    let made = try bench.intaglio("key", "generate", "ann.key")
    #expect(made.exitCode == 0 && made.output.hasPrefix("ed25519:"))
    #expect(try bench.shell("stat -c %a ann.key").output == "600\n")
    let taken = try bench.intaglio("key", "generate", "ann.key")
    #expect(taken.exitCode == 1 && taken.hasOneLineError)
    let key = made.output.dropLast()
    let policy = #"""
      {"version":1,"default":"allow","approvers":{"ann":"\#(key)"},
       "rules":[{"id":"ask","when":{"tool":"pay"},"effect":"review","review":{"approvers":["ann"]}}]}
      """#
    let governor = try await open(policy)
    let (run, decision) = try await ask(governor)
    let (name, digest) = try ticket()
    // What an agent with a shell could do: it has the folder and no key.
    let without = try bench.intaglio("approve", "store", name, "--digest", digest)
    #expect(without.exitCode == 1 && without.errors.contains("takes a key of ann"))
    _ = try bench.intaglio("key", "generate", "own.key")
    let forged = try bench.intaglio(
      "approve", "store", name, "--digest", digest, "--key", "own.key", "--approver", "ann")
    #expect(forged.exitCode == 1 && forged.errors.contains("not ann's"))
    #expect(try await run.reviewed(decision).effect == .review)
    let signed = try bench.intaglio(
      "approve", "store", name, "--digest", digest, "--key", "ann.key", "--approver", "ann")
    #expect(signed.exitCode == 0, "\(signed.errors)")
    #expect(try await run.reviewed(decision).effect == .allow)
    try await run.end()
    await governor.close()
  }

  @Test(arguments: [
    "approve store abc --digest 00000000", "approve store abcdef",
    "approve store abcdef --digest 0",
    "approve store abcdef --digest 00000000 --key k", "review show store", "key generate",
    "reject store ABCDEF --digest 00000000",
  ]) func wrongArgumentsExitWith2(arguments: String) throws {
    let outcome = try bench.shell(#""$intaglio" \#(arguments)"#)
    #expect(outcome.exitCode == 2 && outcome.errors.contains("Usage: intaglio"))
  }
}
