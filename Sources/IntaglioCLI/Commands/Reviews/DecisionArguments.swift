internal import ArgumentParser
internal import Glibc
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioHooks
internal import IntaglioStorage
internal import SystemPackage

/// What `approve` and `reject` take, and how a decision gets into the log.
struct DecisionArguments: ParsableArguments {
  @OptionGroup var argument: StoreArgument
  @OptionGroup var ticket: TicketArgument
  @Option(
    help: ArgumentHelp(
      "The first digits, 8 or more, of the arguments' digest, as `review show` prints it.",
      valueName: "digits"))
  var digest: String
  @Option(help: ArgumentHelp("Why, up to 4,096 bytes.", valueName: "text"))
  var reason = ""
  @Option(help: ArgumentHelp("A file with an approver's key.", valueName: "file"))
  var key: FilePath?
  @Option(
    help: ArgumentHelp("The approver's name in the policy; needed with --key.", valueName: "name"))
  var approver: String?
  @Option(help: ArgumentHelp("A label of who decides; it proves nothing.", valueName: "name"))
  var by: String?

  private static let shortestDigest = 8

  func validate() throws {
    guard digest.utf8.count >= Self.shortestDigest else {
      throw ValidationError("--digest takes \(Self.shortestDigest) digits or more")
    }
    guard reason.utf8.count <= Limits.reasonByteCount,
      (by ?? "").utf8.count <= Limits.labelByteCount
    else {
      throw ValidationError(
        "a reason has at most \(Limits.reasonByteCount) bytes, and --by \(Limits.labelByteCount)")
    }
    guard (key == nil) == (approver == nil) else {
      throw ValidationError("--key and --approver go together")
    }
  }

  func decide(_ decision: ReviewVote.Decision) async throws {
    let file = try ticket.find(in: argument)
    guard file.ticket.argumentsDigest.hasPrefix(digest) else {
      throw CommandError(
        "the arguments of this call have another digest: look at them with `intaglio review show`, then decide"
      )
    }
    let log = try LogReader.open(at: file.part.path, access: .copied)
    var vote = ReviewVote(
      ticket: file.ticket.id.hex, decision: decision, reason: reason, label: by ?? userName)
    if let key, let approver {
      vote = try signingKey(key).sign(vote, log: log.manifest.logID, as: approver)
    }
    let outcome =
      try log.isBeingWritten()
      ? try await leave(vote, file, log) : try await write(vote, file)
    switch outcome {
    case .success(let text): try print(toOutput: text + "\n")
    case .failure(let refusal):
      throw CommandError("the decision does not count: \(refusal.message)")
    }
  }

  private func signingKey(_ path: FilePath) throws -> SigningKey {
    let text = String(decoding: try ValueFile(path).bytes(), as: UTF8.self)
    guard let key = SigningKey(fileContents: text) else {
      throw CommandError(
        "\(path) holds no approver's key: `intaglio key generate` makes one")
    }
    return key
  }

  /// Writes the decision into the log, which nobody writes.
  private func write(
    _ vote: ReviewVote, _ file: TicketFile
  ) async throws -> Result<String, ReviewRefusal> {
    try await Governor.decide(vote, inLogAt: file.part.path, user: getuid()).map(\.text)
  }

  private static let patience = Duration.seconds(10)

  /// Leaves the decision to the process that writes the log, and waits for what it makes of it.
  private func leave(
    _ vote: ReviewVote, _ file: TicketFile, _ log: LogReader
  ) async throws -> Result<String, ReviewRefusal> {
    let name = try Inbox(ofLog: file.part.path).leave(vote)
    let start = ContinuousClock.now
    while ContinuousClock.now - start < Self.patience {
      let part = StoreReader.Part(
        name: file.part.name, path: file.part.path, snapshot: try log.snapshot())
      if let answer = try part.answer(toInboxFile: name, run: file.stream) {
        return answer.map {
          "\(vote.decision.rawValue) was recorded by the program that writes the log"
        }
      }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw CommandError(
      "the program that writes \(file.part.path) has not looked at the decision in 10 s; it lies in the inbox as \(name), and counts when it is looked at"
    )
  }
}

extension ReviewOutcome {
  fileprivate var text: String {
    switch self {
    case .counted(let approvals, let needed): "recorded: \(approvals) of \(needed) approvals"
    case .approved: "approved: the call may run once"
    case .rejected: "rejected"
    }
  }
}
