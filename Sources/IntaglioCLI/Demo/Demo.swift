internal import IntaglioFormat
internal import Intaglio
internal import IntaglioState
internal import IntaglioStorage
internal import IntaglioVerifier
internal import SystemPackage

/// Shows what a log is for, step by step: what is done, as the command that does it, and what comes of it.
struct Demo {
  private let directory: FilePath
  private let isKept: Bool

  private static let traceName = "shell-session.jsonl"
  private static let origin = "demo.example/agents"
  private var log: FilePath { directory.appending("log") }
  private var copy: FilePath { directory.appending("copy") }

  init(in directory: FilePath, isKept: Bool) {
    self.directory = directory
    self.isKept = isKept
  }

  func run() throws {
    try say("What an agent did, engraved: a log that nobody can change unnoticed.\n")
    try create()
    try record()
    try changeState()
    try verify()
    let forgery = try forge()
    try verifyCopy(forgery)
  }

  private func create() throws {
    try say("1  Make a log.")
    try show(command: "cd \(directory)")
    try show(command: "intaglio init log --origin \(Self.origin)")
    let new = try Log.create(at: log, origin: Self.origin)
    try new.close()
    try show(InitCommand.text(new) + "\n\n")
  }

  private func record() throws {
    try say("2  Record the trace of four agent runs, each as a stream of its own.")
    try show(command: "intaglio record log \(Self.traceName) --stream-key run")
    let trace = directory.appending(Self.traceName)
    try File(trace, .createNew, in: SystemFileSystem())
      .write(PackageResources.shell_session_jsonl, at: 0)
    let lines = try LineFile(trace)
    let importer = Importer(route: .member("run"))
    try importer.check(lines)
    let open = try Log.open(at: log)
    let summary = try importer.append(lines, to: open)
    try open.close()
    try show(summary.text)

    try show(command: "intaglio streams log")
    let streams = try LogReader.open(at: log, access: .copied).snapshot().streams()
    try show(StreamsCommand.table(streams).joined(separator: "\n") + "\n\n")
  }

  private func changeState() throws {
    try say("3  Keep an agent's memory as a state: name it, spoil it, take it back.")
    let space = NamedSpace(directory: log, name: Log.mainStateSpaceName)
    let key = StateKey(component: "memory", key: Array("backup".utf8))!
    let label = "before the clean-up"

    try show(command: "intaglio state set log memory backup done")
    try show(space.set(key, to: Array("done".utf8)))
    try show(command: "intaglio checkpoint log \"\(label)\"")
    try show(space.checkpoint(label: label))
    try show(command: "intaglio state set log memory backup missing")
    try show(space.set(key, to: Array("missing".utf8)))
    try show(command: "intaglio rollback log \"\(label)\" --preview")
    try show(space.previewRollback(to: .label(label)).joined(separator: "\n"))
    try show(command: "intaglio rollback log \"\(label)\" --reason \"it is there\"")
    try show(
      space.rollback(to: .label(label), reason: "it is there", by: userName)
        .joined(separator: "\n"))
    try show(command: "intaglio state get log memory backup")
    let value = String(decoding: try space.value(of: key), as: UTF8.self)
    guard value == "done" else { throw unexpected("the rollback did not bring back what was") }
    try show(value + "\n\n")
  }

  private func verify() throws {
    try say("4  Verify it: compute every digest and every link of the chain anew.")
    try show(command: "intaglio verify log")
    let report = try Verifier().verify(log)
    try show(report.description)
    guard report.isFaultless else { throw unexpected("the new log is not clean") }
    try show(command: "intaglio head log")
    let snapshot = try LogReader.open(at: log, access: .copied).snapshot()
    try show(snapshot.headText ?? "")
    try show(
      "Noted elsewhere, this line pins all \(snapshot.count) records, for `verify --head`.\n\n")
  }

  private func forge() throws -> Forgery {
    try say("5  Change one byte of a copy, so that a failed command succeeded.")
    try show(command: "cp -r log copy")
    try copyDirectory(from: log, to: copy)
    let forgery = try Forgery(at: copy)
    let place = "seek=\(forgery.offset) of=copy/\(forgery.file)"
    try show(command: "printf 0 | dd conv=notrunc bs=1 status=none \(place)")
    let record = "record \(forgery.sequence), of \(escaped(forgery.stream))"
    try show("In \(record), \"exit_code\":1 is now \"exit_code\":0.\n\n")
    return forgery
  }

  private func verifyCopy(_ forgery: Forgery) throws {
    try say("6  Verify the copy.")
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
