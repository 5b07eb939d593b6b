import ArgumentParser
import Foundation

/// Measures Intaglio and its peers side by side, in one run.
@main
struct Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "intaglio-benchmark",
    abstract: "Measures Intaglio side by side with what a user would pick instead.",
    discussion: "Workloads: " + Workloads.all.map(\.name).joined(separator: ", ") + ".",
    subcommands: [FillCommand.self, FollowCommand.self, TraceCommand.self])

  @Flag(help: "Three short rounds, in under two minutes.")
  var quick = false

  @Option(parsing: .upToNextOption, help: "Only the workloads whose names begin so.")
  var only: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: "Only the contenders of these names; for a profiler, say.")
  var contender: [String] = []

  @Option(help: "Where logs are written; on the file system that is to be measured.")
  var directory: String = "."

  @Option(help: "How many rounds, if not as many as --quick or the full run has.")
  var rounds: Int?

  @Option(help: "Write all samples to this file.")
  var json: String?

  @Option(help: "Write a report with plots to this file.")
  var html: String?

  @Option(help: "Write the tables as Markdown to this file.")
  var markdown: String?

  @Flag(help: "Compare with Python packages too, installed into a temporary environment.")
  var python = false

  @Flag(help: "Do not touch memory and page cache before measuring.")
  var noWarmUp = false

  /// The traces that come with Intaglio.
  static var traces: URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appending(path: "fixtures/traces")
  }

  func run() throws {
    let start = nanoseconds()
    let scratch = URL(filePath: directory).appending(path: "intaglio-benchmark-\(getpid())").path
    try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let machine = Machine(directory: scratch)
    var settings = quick ? Settings.quick : .full
    if let rounds { settings.roundCount = rounds }
    let context = Context(
      corpus: Corpus(tracesIn: Self.traces), directory: scratch, settings: settings)
    if !noWarmUp {
      note("touching memory and page cache")
      try WarmUp.run(in: scratch)
    }
    var results = Results(
      machine: machine, settings: settings, text: context.corpus.source,
      versions: Contenders.all.map { .init(name: $0.name, version: $0.version) })
    let runner = Runner(context: context, contenders: contender)
    for workload in Workloads.all + (python ? Workloads.python : [])
    where only.isEmpty || only.contains(where: workload.name.hasPrefix) {
      results.workloads.append(try runner.run(workload))
    }
    results.seconds = seconds(since: start)
    try report(results)
  }

  private func report(_ results: Results) throws {
    print(TextReport(results: results).terminal)
    if let json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      try encoder.encode(results).write(to: URL(filePath: json))
    }
    if let html {
      try HTMLReport(results: results).html.write(toFile: html, atomically: true, encoding: .utf8)
    }
    if let markdown {
      try TextReport(results: results).markdown
        .write(toFile: markdown, atomically: true, encoding: .utf8)
    }
  }
}
