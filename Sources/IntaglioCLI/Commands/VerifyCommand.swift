internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioHooks
internal import IntaglioStorage
internal import IntaglioVerifier
internal import SystemPackage

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Computes every record and every link anew, and says what the log is.",
    discussion: """
      Given a governor's store, all of its logs are verified, one after the other; the gravest exit code counts.

      Trusts nothing but the bytes, and the heads that are given. Without a head noted elsewhere, no check can see that \
      the whole directory was set back to an older copy.

      Exit codes: 0 clean or empty, 1 damaged, 2 wrong arguments, 3 cannot read, 4 torn tail (nothing \
      durable is lost; the next writer mends it).

      Example:  intaglio verify audit --head "$(tail -n 1 /mnt/elsewhere/heads.txt)"
      """)

  @OptionGroup var log: LogArgument
  @Flag(help: "Write JSON, one object.")
  var json = false
  @Option(
    help: ArgumentHelp(
      "A head noted elsewhere, as `intaglio head` prints it; may be given more than once.",
      valueName: "sequence:chain"))
  var head: [TrustedHead] = []
  @Flag(help: "Do not follow states: checkpoints, changes, rollbacks.")
  var noState = false
  @Option(help: ArgumentHelp("How many threads to use (default: one a processor).", valueName: "n"))
  var threads: Int?

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads is a count from 1 to 1024")
    }
  }

  func run() throws {
    let logs = try logs()
    guard head.isEmpty || logs.count == 1 else {
      throw ValidationError(
        "a head belongs to one log: verify \(log.directory)/0 and the others one by one")
    }
    let verifier = verifier()
    var gravest: Int32 = 0
    for (name, path) in logs {
      let exitCode = try verify(path, verifier, title: name)
      // Of damage and what cannot be read, damage is graver than a torn tail.
      gravest = [1, 3, 4, 0].first { $0 == exitCode || $0 == gravest } ?? exitCode
    }
    if gravest != 0 { throw ExitCode(gravest) }
  }

  /// The logs in the directory: itself, or all of a store, each with its name there.
  private func logs() throws -> [(name: String, path: FilePath)] {
    let store = StoreDirectory(log.directory)
    guard let isLog = try? store.isLog(), !isLog, let numbers = try? store.logNumbers(),
      !numbers.isEmpty
    else { return [("", log.directory)] }
    return numbers.map { (String($0), store.logPath($0)) }
  }

  private func verifier() -> Verifier {
    var verifier = Verifier()
    verifier.trustedHeads = head
    verifier.checksState = !noState
    if let threads { verifier.threadCount = threads }
    return verifier
  }

  private func verify(_ path: FilePath, _ base: Verifier, title: String) throws -> Int32 {
    var verifier = base
    let progress = FileDescriptor.standardError.isTerminal ? ProgressLine() : nil
    if let progress { verifier.progress = { progress.show($0) } }
    defer { progress?.clear() }
    let report = try verifier.verify(path)
    progress?.clear()
    // The exit code says what was found, also to those who do not read the report.
    do { try write(report, title: title) } catch is OutputClosed {}
    return report.exitCode
  }

  private func write(_ report: Report, title: String) throws {
    var output = Output()
    if !title.isEmpty, !json { try output.write(line: "log \(title)") }
    if json {
      try output.write { buffer in
        append(json: report.json, to: &buffer)
        buffer.append(UInt8(ascii: "\n"))
      }
    } else {
      try output.write { $0.append(contentsOf: report.description.utf8) }
    }
    try output.flush()
  }
}

/// One line on a terminal that says how far a check has come, from the first second on.
private final class ProgressLine: Sendable {
  private struct State {
    let start = ContinuousClock.now
    var last = ContinuousClock.now
    var isShown = false
  }

  private let state = Locked(State())

  func show(_ progress: Verifier.Progress) {
    state.withLock { state in
      let now = ContinuousClock.now
      guard now - state.start > .seconds(1), !state.isShown || now - state.last > .milliseconds(200)
      else { return }
      (state.last, state.isShown) = (now, true)
      let (done, total) = (progress.byteCount, max(1, progress.totalByteCount))
      let percentage = done * 100 / total
      write("\rverified \(done / 1_000_000) of \(total / 1_000_000) MB, \(percentage) %")
    }
  }

  func clear() {
    state.withLock { state in
      if state.isShown { write("\r\u{1B}[K") }
      state.isShown = false
    }
  }

  private func write(_ text: String) { _ = try? FileDescriptor.standardError.writeAll(text.utf8) }
}
