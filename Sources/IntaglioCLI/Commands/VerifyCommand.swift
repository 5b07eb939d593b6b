internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioVerifier
internal import Synchronization
internal import SystemPackage

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Computes every record and every link anew, and says what the log is.",
    discussion: """
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
    var verifier = Verifier()
    verifier.trustedHeads = head
    verifier.checksState = !noState
    if let threads { verifier.threadCount = threads }
    let progress = FileDescriptor.standardError.isTerminal ? ProgressLine() : nil
    if let progress { verifier.progress = { progress.show($0) } }
    defer { progress?.clear() }
    let report = try verifier.verify(log.directory)
    progress?.clear()
    // The exit code says what was found, also to those who do not read the report.
    do { try write(report) } catch is OutputClosed {}
    if report.exitCode != 0 { throw ExitCode(report.exitCode) }
  }

  private func write(_ report: Report) throws {
    var output = Output()
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

  private let state = Mutex(State())

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
