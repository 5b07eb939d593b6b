internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioVerifier
internal import SystemPackage

struct RecordCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "record",
    abstract: "Appends lines of JSON, one record a line.",
    discussion: """
      Reads all of FILE or standard input first, and checks that every line is JSON (RFC 8259, no repeated names). If a line \
      is refused, the error names it and nothing of the input is kept: the log is not even opened. Then all lines are \
      appended and synced as one batch, whole or, after a crash, not at all; an input that takes more than 256 MiB in \
      the log goes in several batches, and after a crash the first of them may be there without the others.

      The payload of a record is the line's bytes without its end (LF or CR LF). Lines of white space only are \
      skipped; the last line needs no end. A line has at most 32 MiB. Standard input is copied to a temporary \
      file that has no name, in $TMPDIR or /tmp.

      Example:  intaglio record audit trace.jsonl --stream-key run
      """)

  @OptionGroup var log: LogArgument
  @Argument(help: "The file to read (default, and -: standard input).", completion: .file())
  var file: FilePath?
  @Option(
    help: ArgumentHelp("The stream that all lines belong to (default: main).", valueName: "name"))
  var stream: String?
  @Option(
    help: ArgumentHelp(
      "The member of each line, a string, that names the stream that it belongs to.",
      valueName: "member"))
  var streamKey: String?
  @Flag(help: "Make the log if there is none.")
  var create = false

  func validate() throws {
    if stream != nil && streamKey != nil {
      throw ValidationError("give --stream or --stream-key, not both")
    }
    if let stream, !isValidName(stream) {
      throw ValidationError("a stream's name has 1 to 255 bytes and no control characters")
    }
  }

  func run() throws {
    if !create { try checkIsLog() }
    let lines = try LineFile(file == "-" ? nil : file)
    let importer = Importer(route: streamKey.map { .member($0) } ?? .stream(stream ?? "main"))
    try importer.check(lines)
    let log = try Log.open(at: log.directory, creatingIfMissing: create)
    let summary = try importer.append(lines, to: log)
    try log.close()
    try print(toOutput: summary.text + "\n")
  }

  /// Says at once that there is no log, before a long input is read.
  ///
  /// Whatever else may be wrong, opening it will say.
  private func checkIsLog() throws {
    do throws(LogError) { _ = try log.reader() } catch {
      guard error.code == .notALog else { return }
      throw CommandError(
        "\(log.directory) is not a log: make it with `intaglio init`, or here with --create")
    }
  }
}
