internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat
internal import SystemPackage

struct LogCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log",
    abstract: "Lists records, one a line.",
    discussion: """
      A line shows how the payload begins; `show` and --json have all of it. With --json a line is as `export` writes it. \
      Records are shown once they are durable.

      Example:  intaglio log audit --stream run-1 --last 20 --follow
      """)

  @OptionGroup var log: LogArgument
  @Option(help: ArgumentHelp("The first record's number.", valueName: "n"))
  var from: UInt64?
  @Option(help: ArgumentHelp("The last record's number; it is listed too.", valueName: "n"))
  var to: UInt64?
  @Option(help: ArgumentHelp("Only the last <n> records.", valueName: "n"))
  var last: Int?
  @Option(help: ArgumentHelp("Only records of this stream.", valueName: "name"))
  var stream: String?
  @Flag(help: "Write JSON, one object a line.")
  var json = false
  @Flag(help: "Go on with new records as they come, until interrupted.")
  var follow = false

  func validate() throws {
    if let last, last < 0 { throw ValidationError("--last is a count: 0 or more") }
    if last != nil && (from != nil || to != nil) {
      throw ValidationError("give --last, or --from and --to")
    }
    if follow && to != nil { throw ValidationError("--follow has no end: leave out --to") }
    if let from, let to, from > to { throw ValidationError("--from is after --to") }
  }

  func run() throws {
    if follow { Signals.holdInterruptions() }
    let reader = try log.reader()
    var listing = Listing(isJSON: json)
    let snapshot = try reader.snapshot()
    if let stream, !follow, try snapshot.streamNumber(named: stream) == nil {
      throw CommandError(
        "\(log.directory) has no stream \"\(stream)\": `intaglio streams` lists those that it has")
    }
    try list(snapshot, from: firstSequence(in: snapshot), &listing)
    if follow { try listing.follow(reader, from: snapshot.count, list) }
  }

  /// Lists what the options ask for of the records of `snapshot` from `start` on.
  private func list(_ snapshot: Snapshot, from start: UInt64, _ listing: inout Listing) throws {
    let end = min(snapshot.count, to.map { $0 == .max ? $0 : $0 + 1 } ?? .max)
    guard start < end else { return try listing.flush() }
    if let stream {
      guard let number = try snapshot.streamNumber(named: stream) else { return }
      let records = snapshot.records(of: number, from: SequenceNumber(start))
      try listing.write(records, upTo: end, snapshot)
    } else {
      let records = snapshot.records(in: SequenceNumber(start)..<SequenceNumber(end))
      try listing.write(records, upTo: end, snapshot)
    }
  }

  private func firstSequence(in snapshot: Snapshot) throws -> UInt64 {
    guard let last else { return from ?? 0 }
    guard let stream else { return snapshot.count - min(snapshot.count, UInt64(last)) }
    guard last > 0, let number = try snapshot.streamNumber(named: stream) else {
      return snapshot.count
    }
    var first = snapshot.count
    var records = snapshot.recordsBackwards(of: number).makeIterator()
    var count = 0
    while count < last, let record = try records.next()?.get() {
      first = record.sequence.rawValue
      count += 1
    }
    return first
  }
}

/// Writes records to standard output as lines of text or JSON.
struct Listing: ~Copyable {
  private static let pollMilliseconds = 20
  private let isJSON: Bool
  private var output = Output()
  private var names = StreamNames()

  init(isJSON: Bool) { self.isJSON = isJSON }

  /// Writes records as long as their numbers are below `end`; those before an error are written out in any case.
  mutating func write(
    _ records: some Sequence<Result<Record, LogError>>, upTo end: UInt64 = .max,
    _ snapshot: Snapshot
  ) throws {
    for result in records {
      switch result {
      case .success(let record) where record.sequence.rawValue < end: try write(record, snapshot)
      case .success: return try flush()
      case .failure(let error):
        try flush()
        throw error
      }
    }
    try flush()
  }

  private mutating func write(_ record: Record, _ snapshot: Snapshot) throws {
    let name = try names.name(of: record.stream, in: snapshot)
    if isJSON {
      try output.write { record.appendJSONLine(to: &$0, stream: name) }
    } else {
      let width = String(snapshot.count - 1).utf8.count
      try output.write(line: record.line(stream: name, sequenceWidth: width))
    }
  }

  mutating func flush() throws { try output.flush() }

  /// Calls `list` whenever there are records after `count`, until the command is interrupted or nobody reads its output.
  mutating func follow(
    _ reader: LogReader, from count: UInt64,
    _ list: (Snapshot, UInt64, inout Listing) throws -> Void
  ) throws {
    var count = count
    while !Signals.waitForInterruption(milliseconds: Self.pollMilliseconds),
      !FileDescriptor.standardOutput.isAbandoned
    {
      let snapshot = try reader.snapshot()
      guard snapshot.count > count else { continue }
      try list(snapshot, count, &self)
      count = snapshot.count
    }
  }
}
