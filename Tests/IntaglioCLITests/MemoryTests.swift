import IntaglioHooks
import Testing

@Suite struct MemoryTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  private func makeStore() async throws {
    let governor = try await Governor.open(at: bench.directory.path.appending("store"))
    var description = RunDescription(agent: "clerk", mission: "m")
    description.id = "one"
    let run = try await governor.start(description)
    try await run.remember("seat", "window\nrow \u{1B}[2J12", tags: ["guest"])
    try await run.remember("picture", .reference(MemoryReference(kind: "file", id: "sha256:12")))
    try await run.remember(
      "raw", .bytes([1, 2, 3]), tags: ["guest"], expires: .after(.seconds(3600)))
    try await run.end()
    await governor.close()
  }

  @Test func whatAMissionRemembersIsShown() async throws {
    try await makeStore()
    let all = try bench.intaglio("memory", "store", "--mission", "m")
    #expect(all.exitCode == 0 && all.lines.count == 7)
    #expect(all.output.contains("clerk in one turn 0  [guest]\n  window\n  row \\u{1B}[2J12\n"))
    #expect(all.output.contains("  -> file sha256:12\n"))
    #expect(all.output.contains("  (3 bytes)\n"))
    for (arguments, keys) in [
      (["--key", "seat"], ["seat"]), (["--prefix", "s"], ["seat"]), (["--limit", "1"], ["raw"]),
      (["--tag", "guest"], ["raw", "seat"]), (["WINDOW", "file"], ["seat"]),
      (["--tag", "guest", "--tag", "none"], []),
    ] {
      let words = arguments.map { "'\($0)'" }.joined(separator: " ")
      let found = try bench.shell(
        #""$intaglio" memory store --mission m \#(words) --json | jq -r .key"#)
      #expect(found.lines == keys, "\(arguments)")
    }
    #expect(
      try bench.intaglio("run", "show", "store", "one").output.contains("remembers raw, 3 bytes"))
    let json = try bench.shell(
      #""$intaglio" memory store --mission m --json | jq -c '[.kind, .text, .bytesBase64, .reference.id]'"#
    )
    #expect(json.lines.contains(#"["bytes",null,"AQID",null]"#))
    #expect(json.lines.contains(#"["reference",null,null,"sha256:12"]"#))
  }

  @Test func whatIsNotThereAndWhatCannotBeAskedIsSaid() async throws {
    try await makeStore()
    let none = try bench.intaglio("memory", "store", "--mission", "x\u{202E}")
    #expect(none.exitCode == 1 && none.hasOneLineError && none.errors.contains(#"x\u{202E}"#))
    #expect(try bench.intaglio("memory", "store").exitCode == 2)
    for arguments in [["--limit", "0"], ["--key", ""], ["--tag", "a\nb"], ["?!"]] {
      let outcome = try bench.start(["memory", "store", "--mission", "m"] + arguments).outcome()
      #expect(outcome.exitCode == 2, "\(arguments)")
    }
  }
}
