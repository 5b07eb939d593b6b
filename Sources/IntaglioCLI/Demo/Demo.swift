internal import Intaglio
internal import IntaglioFormat
internal import IntaglioHooks
internal import IntaglioPolicyFile
internal import IntaglioState
internal import IntaglioStorage
internal import IntaglioVerifier
internal import SystemPackage

/// Shows what a log is for, step by step: what is done, as the command that does it, and what comes of it.
struct Demo {
  private let directory: FilePath
  private let isKept: Bool

  private static let policyName = "policy.yaml"
  private static let keyName = "ann.key"
  private static let label = "before call 8"
  private var store: FilePath { directory.appending("audit") }
  private var log: FilePath { store.appending("0") }
  private var copy: FilePath { directory.appending("copy") }

  init(in directory: FilePath, isKept: Bool) {
    self.directory = directory
    self.isKept = isKept
  }

  func run() async throws {
    try say(
      "What two agents of an airline did: decided beforehand, approved, recorded, and taken back.\n"
    )
    let policy = try writePolicy()
    try await work(under: policy)
    try look()
    try takeBack()
    try await goOn(under: policy)
    try verify()
    let forgery = try forge()
    try verifyCopy(forgery)
  }

  private func writePolicy() throws -> Policy {
    try say("1  A policy says what the agents may do, and whose key decides on the rest.")
    try show(command: "cd \(directory)")
    let key = try command("key", "generate", Self.keyName)
    try show(command: "cat \(Self.policyName)")
    let text = Desk.policy(approver: String(key.prefix { $0 != "\n" }))
    try File(directory.appending(Self.policyName), .createNew, in: SystemFileSystem())
      .write(Array(text.utf8), at: 0)
    try show(text + "\n")
    return try PolicyFile.read(text)
  }

  /// Lets the agents work, until ann has decided in another process.
  private func work(under policy: Policy) async throws {
    try say("2  A passenger asks: \"\(Desk.request)\"")
    try say("   Billing has to wait for ann, who decides in a process of her own.")
    let governor = try await Governor.open(at: store, options: GovernorOptions(policy: policy))
    try await Desk.furnish(governor)
    let loop = GovernedLoop(governor: governor) { run in Desk(run: run).firstAgents }
    try await run(loop, "run-1", agent: "concierge", Desk.request, approval: "as she asks")
    await governor.close()
    try say("")
  }

  /// Runs an agent, and approves what it asks for from a second process while it waits.
  private func run(
    _ loop: GovernedLoop, _ id: String, agent: String, _ input: String, approval: String
  ) async throws {
    var description = RunDescription(agent: agent, mission: Desk.mission)
    description.id = id
    let running = Task { [description] in try await loop.run(description, input: input) }
    let ticket = try await firstTicket(loop.governor)
    try command("reviews", "audit")
    try command(
      "approve", "audit", String(ticket.id.hex.prefix(12)), "--digest",
      String(ticket.argumentsDigest.prefix(8)), "--approver", "ann", "--key", Self.keyName,
      "--reason", approval)
    guard case .said(let answer) = try await running.value else {
      throw unexpected("the run was paused")
    }
    try show(escaped(answer))
  }

  /// The first call that waits.
  private func firstTicket(_ governor: Governor) async throws -> Ticket {
    for _ in 0..<1000 {
      if let ticket = try await governor.tickets().first { return ticket }
      try await Task.sleep(for: .milliseconds(10))
    }
    throw unexpected("nobody was asked")
  }

  private func look() throws {
    try say(
      "3  What happened: one call denied by rule, one by limit; the model went on. Then a mistake, which ann missed."
    )
    let text = try command("run", "show", "audit", "run-1")
    guard text.contains("9 calls, 6 allowed, 2 denied, 1 to review") else {
      throw unexpected("the run was not decided as the policy says")
    }
    try say("")
  }

  private func takeBack() throws {
    try say(
      "4  ZFA04Y was somebody else's. Take the mission back to before that call; the log keeps all of it."
    )
    let arguments = ["mission", "rollback", "audit", Desk.mission, Self.label]
    try command(arguments + ["--preview"])
    try command(arguments + ["--reason", "wrong reservation"])
    let value = try command(
      "state", "get", "audit/0", "context", Desk.others, "--space", "mission/" + Desk.mission)
    guard value.hasPrefix("booked") else {
      throw unexpected("the rollback did not bring back what was")
    }
    try say("")
  }

  /// Continues the mission where it was taken back to.
  private func goOn(under policy: Policy) async throws {
    try say("5  A second run goes on from there: \"\(Desk.correction)\"")
    let governor = try await Governor.open(at: store, options: GovernorOptions(policy: policy))
    let loop = GovernedLoop(governor: governor) { run in Desk(run: run).secondAgents }
    try await run(loop, "run-2", agent: "billing", Desk.correction, approval: "her own")
    await governor.close()
    let runs = try command("runs", "audit")
    let state = try command("state", "list", "audit/0", "--space", "mission/" + Desk.mission)
    guard runs.split(separator: "\n").count == 2, state.contains(Desk.others),
      !state.contains("NO6JO3")
    else { throw unexpected("the second run did not put it right") }
    try say("")
  }

  private func verify() throws {
    try say("6  Verify it: compute every digest and every link of the chain anew.")
    try show(command: "intaglio verify audit/0")
    let report = try Verifier().verify(log)
    try show(report.description)
    guard report.isFaultless else { throw unexpected("the new log is not clean") }
    try show(command: "intaglio head audit/0")
    let snapshot = try LogReader.open(at: log, access: .copied).snapshot()
    try show(snapshot.headText ?? "")
    try show(
      "Noted elsewhere, this line pins all \(snapshot.count) records, for `verify --head`.\n\n")
  }

  private func forge() throws -> Forgery {
    try say("7  Change one byte of a copy, so that the certificate was one over 900.")
    try show(command: "cp -r audit/0 copy")
    try copyDirectory(from: log, to: copy)
    let forgery = try Forgery(at: copy)
    let place = "seek=\(forgery.offset) of=copy/\(forgery.file)"
    try show(command: "printf 9 | dd conv=notrunc bs=1 status=none \(place)")
    let record = "record \(forgery.sequence), of \(escaped(forgery.stream))"
    try show("In \(record), \"amount\":100 is now \"amount\":900.\n\n")
    return forgery
  }

  private func verifyCopy(_ forgery: Forgery) throws {
    try say("8  Verify the copy.")
    try show(command: "intaglio verify copy")
    let report = try Verifier().verify(copy)
    try show(report.description)
    guard report.verdict == .corrupt, report.findingCount == 1, let finding = report.findings.first,
      finding.kind == .payload, finding.sequence == forgery.sequence.rawValue,
      finding.file == forgery.file, finding.offset <= forgery.offset
    else { throw unexpected("the changed byte was not found as it should be") }
    let place = "at offset \(finding.offset) of \(finding.file)"
    try say("\nFound: the \(finding.kind.rawValue) of record \(forgery.sequence), \(place).")
    try say(isKept ? "All of it is in \(directory)." : "Removing \(directory); --keep keeps it.")
  }

  private func unexpected(_ what: String) -> CommandError {
    CommandError("\(what), in \(directory): please report this, with the output of `demo --keep`")
  }

  /// Does a command as anybody would, in a process of its own; shows it with what it prints, and gives that.
  @discardableResult
  private func command(_ arguments: String...) throws -> String { try command(arguments) }

  @discardableResult
  private func command(_ arguments: [String]) throws -> String {
    try show(command: (["intaglio"] + arguments.map(quoted)).joined(separator: " "))
    let (exitCode, output) = try runOwnProgram(arguments, in: directory)
    try show(output)
    guard exitCode == 0 else { throw unexpected("`\(arguments[0])` failed") }
    return output
  }

  private func quoted(_ argument: String) -> String {
    argument.contains(" ") ? "\"\(argument)\"" : argument
  }

  private func show(command: String) throws { try show("$ \(command)") }

  /// Prints lines, indented.
  private func show(_ text: String) throws {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last == "" { lines.removeLast() }
    try say(lines.map { $0.isEmpty ? "" : "   " + $0 }.joined(separator: "\n"))
  }

  private func say(_ text: String) throws { try print(toOutput: text + "\n") }
}
