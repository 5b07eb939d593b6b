import IntaglioStorage
import SystemPackage
import Testing

@Suite struct PolicyCommandTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  private let policy = """
    version: 1
    default: deny
    limits:
      - {id: calls, per: run, most: 50}
      - {id: sums, tool: pay, per: mission, sum: /amount, most: 500}
    rules:
      - id: small
        when: {tool: pay, arguments: {/amount: {less_or_equal: 100}}}
        effect: allow
      - id: big
        when: {tool: pay, arguments: {/amount: {greater: 100}}}
        effect: review
        review: {expires: 1h}
        on_deny: abort
        message: wait
      - id: web
        when: {tainted: true, agent: "a*"}
        effect: deny
        observe: true
    """

  private func write(_ text: String, to name: String) throws {
    let file = try FileDescriptor.open(
      bench.directory.path.appending(name), .writeOnly, options: [.create, .truncate],
      permissions: .ownerReadWrite)
    try file.closeAfter { _ = try file.writeAll(text.utf8) }
  }

  @Test func `check says what is in a policy, and its digest`() throws {
    try write(policy, to: "p.yaml")
    let outcome = try bench.intaglio("policy", "check", "p.yaml")
    #expect(outcome.exitCode == 0)
    #expect(outcome.lines[0] == "default deny, 3 rules, 2 limits, 0 redactions, 0 approvers")
    #expect(outcome.lines[1].hasPrefix("digest ") && outcome.lines[1].utf8.count == 71)
    // The canonical form is the same policy.
    let canonical = try bench.intaglio("policy", "check", "p.yaml", "--canonical")
    #expect(canonical.output.hasPrefix(#"{"default":"deny","limits":[{"id":"calls","#))
    let again = try bench.intaglio("policy", "check", "-", input: canonical.output)
    #expect(again.output == outcome.output)
  }

  @Test func `check names the first mistake by file, line and column`() throws {
    try write("version: 1\ndefault: deny\nrules:\n  - {id: a, efect: deny}\n", to: "p.yaml")
    let outcome = try bench.intaglio("policy", "check", "p.yaml")
    #expect(outcome.exitCode == 1 && outcome.output.isEmpty)
    #expect(
      outcome.errors
        == "intaglio: p.yaml:4:13: a rule has no key 'efect'; did you mean 'effect'?\n")
  }

  @Test func `what cannot be read is another exit code`() throws {
    let missing = try bench.intaglio("policy", "check", "none.yaml")
    #expect(missing.exitCode == 3 && missing.hasOneLineError)
    #expect(missing.errors.contains("cannot read none.yaml"))
    #expect(try bench.intaglio("policy", "check", ".").exitCode == 3)
    #expect(try bench.intaglio("policy", "check").exitCode == 2)
    try write(policy, to: "p.yaml")
    #expect(try bench.intaglio("policy", "explain", "p.yaml").exitCode == 2)
    #expect(try bench.intaglio("policy", "explain", "p.yaml", "--tool", "mcp:x").exitCode == 2)
  }

  @Test func `explain shows every rule down to its tests`() throws {
    try write(policy, to: "p.yaml")
    let outcome = try bench.intaglio(
      "policy", "explain", "p.yaml", "--tool", "pay", "--arguments", #"{"amount": "150"}"#,
      "--agent", "air", "--tainted")
    #expect(outcome.exitCode == 0)
    #expect(
      outcome.output == """
        review  function:pay
          review by anybody, quorum 1, expires after 3600 s, wait
          a denial aborts the run
          message: wait

        rule small  allow  does not apply
          holds  tool function:pay
          errs   arguments
            errs   /amount less_or_equal 100  (/amount is a text, not a number)

        rule big  review  applies
          holds  tool function:pay
          errs   arguments
            errs   /amount greater 100  (/amount is a text, not a number)

        rule web  deny  would apply, is only observed
          holds  agent a*
          holds  tainted true

        limit calls  takes 1 of 50 per run
        limit sums  denies  (/amount is a text, not a number)

        """)
    let json = try bench.shell(
      #""$intaglio" policy explain p.yaml --tool pay --arguments '{"amount": 5}' --json | jq -c '[.effect, .rules[0].truth, .limits[1].takes]'"#
    )
    #expect(json.lines == [#"["allow","holds","5"]"#])
  }

  @Test func `explain prints nothing that a terminal would obey`() throws {
    try write(policy, to: "p.yaml")
    let outcome = try bench.intaglio(
      "policy", "explain", "p.yaml", "--tool", "x\u{1B}[31m\u{202E}", "--arguments", "{\u{1B}[2J",
      "--agent", "a\u{200B}")
    #expect(outcome.exitCode == 0 && outcome.output.isSafeForTerminals)
    #expect(outcome.output.hasPrefix("deny  function:x"))
    #expect(outcome.output.contains("the arguments cannot be read"))
  }

  private let cases = """
    - name: small amounts pass
      tool: pay
      arguments: {amount: 5}
      expect: allow
      rules: [small]
    - tool: pay
      arguments: '{"amount": 1e3}'
      expect: review
    - name: nothing else
      tool: mcp:bank/pay
      expect: deny
      rules: []
    """

  @Test func `test counts the cases that come out as expected`() throws {
    try write(policy, to: "p.yaml")
    try write(cases, to: "c.yaml")
    let outcome = try bench.intaglio("policy", "test", "p.yaml", "c.yaml")
    #expect(outcome.exitCode == 0 && outcome.output == "3 cases, all as expected\n")
  }

  @Test func `test names each case that comes out otherwise`() throws {
    try write(policy, to: "p.yaml")
    try write(
      cases + """

        - name: "wrong\\u001b effect"
          tool: pay
          arguments: {amount: 100.5}
          expect: allow
        - {name: wrong rules, tool: pay, arguments: {amount: 1}, expect: allow, rules: [big]}
        - {tool: pay, arguments: "{", expect: allow}
        """, to: "c.yaml")
    let outcome = try bench.intaglio("policy", "test", "p.yaml", "c.yaml")
    #expect(outcome.exitCode == 1 && outcome.errors.isEmpty && outcome.output.isSafeForTerminals)
    #expect(
      outcome.lines == [
        #"c.yaml:13: wrong\u{1B} effect: expected allow, is review (by big)"#,
        "c.yaml:17: wrong rules: expected the rules big, is by small",
        "c.yaml:18: case 6: expected allow, is deny (the arguments cannot be read: a member's name is missing at byte 1)",
        "6 cases, 3 not as expected",
      ])
  }

  @Test(arguments: [
    ("- {tool: pay}", "1:3: a case has no 'expect'"), ("{}", "1:1: a file of cases is a list"),
    ("[]", "1:1: there are no cases"),
    ("- {tool: pay, expect: allow, argument: {}}", "did you mean 'arguments'?"),
    ("- {tool: 'x:y', expect: allow}", "a tool is written NAME"),
  ])
  func `a mistake in the cases is named by its place`(text: String, words: String) throws {
    try write(policy, to: "p.yaml")
    try write(text, to: "c.yaml")
    let outcome = try bench.intaglio("policy", "test", "p.yaml", "c.yaml")
    #expect(outcome.exitCode == 1 && outcome.hasOneLineError)
    #expect(
      outcome.errors.contains("c.yaml:1:") && outcome.errors.contains(words), "\(outcome.errors)")
  }
}
