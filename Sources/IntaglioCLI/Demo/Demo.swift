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
  private static let label = "before call 7"
  private var store: FilePath { directory.appending("audit") }
  private var log: FilePath { store.appending("0") }
  private var copy: FilePath { directory.appending("copy") }

  init(in directory: FilePath, isKept: Bool) {
    self.directory = directory
    self.isKept = isKept
  }

  func run() async throws {
    try say("What two agents of an airline did, decided beforehand, recorded, and taken back.\n")
    let policy = try writePolicy()
    let run = try await work(under: policy)
    try look(at: run)
    try takeBack()
    try verify()
    let forgery = try forge()
    try verifyCopy(forgery)
  }

  private func writePolicy() throws -> Policy {
    try say("1  A policy says what the agents may do.")
    try show(command: "cd \(directory)")
    try show(command: "cat \(Self.policyName)")
    try File(directory.appending(Self.policyName), .createNew, in: SystemFileSystem())
      .write(Array(Desk.policy.utf8), at: 0)
    try show(Desk.policy + "\n")
    return try PolicyFile.read(Desk.policy)
  }

  /// Lets the agents work; gives their run's name.
  private func work(under policy: Policy) async throws -> String {
    try say("2  A passenger asks: \"\(Desk.request)\"")
    let governor = try await Governor.open(at: store, options: GovernorOptions(policy: policy))
    var description = RunDescription(agent: "concierge", mission: Desk.mission)
    description.id = "run-1"
    let answer = try await governor.run(description) { run in try await Desk(run: run).work() }
    await governor.close()
    try show("\(escaped(answer))\n\n")
    return "run-1"
  }

  private func look(at run: String) throws {
    try say(
      "3  What happened: one call denied by rule, one by limit; the model went on. Then a mistake.")
    try show(command: "intaglio run show audit \(run)")
    let reader = try StoreReader(at: store)
    guard let part = reader.parts.first, let stream = try part.run(run) else {
      throw unexpected("the run is not in the log")
    }
    let lines = try RunShowCommand.lines(part, stream, run)
    try show(lines.joined(separator: "\n") + "\n\n")
    guard lines.last?.contains("8 calls, 6 allowed, 2 denied") == true else {
      throw unexpected("the run was not decided as the policy says")
    }
  }

  private func takeBack() throws {
    try say(
      "4  ZFA04Y was somebody else's. Take the desk back to before that call; the log keeps all of it."
    )
    let space = NamedSpace(directory: log, name: "mission/" + Desk.mission)
    let arguments = "audit/0 \"\(Self.label)\" --space \(space.name)"
    try show(command: "intaglio rollback \(arguments) --preview")
    try show(space.previewRollback(to: .label(Self.label)).joined(separator: "\n"))
    try show(command: "intaglio rollback \(arguments) --reason \"wrong reservation\"")
    try show(
      space.rollback(to: .label(Self.label), reason: "wrong reservation", by: userName)
        .joined(separator: "\n"))
    let key = StateKey(component: "context", key: Array("ZFA04Y".utf8))!
    try show(command: "intaglio state get audit/0 context ZFA04Y --space \(space.name)")
    let value = String(decoding: try space.value(of: key), as: UTF8.self)
    guard value.hasPrefix("booked") else {
      throw unexpected("the rollback did not bring back what was")
    }
    try show(value + "\n\n")
  }

  private func verify() throws {
    try say("5  Verify it: compute every digest and every link of the chain anew.")
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
    try say("6  Change one byte of a copy, so that the certificate was one over 900.")
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
    try say("7  Verify the copy.")
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

  private func show(command: String) throws { try show("$ \(command)") }

  /// Prints lines, indented.
  private func show(_ text: String) throws {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last == "" { lines.removeLast() }
    try say(lines.map { $0.isEmpty ? "" : "   " + $0 }.joined(separator: "\n"))
  }

  private func say(_ text: String) throws { try print(toOutput: text + "\n") }
}
