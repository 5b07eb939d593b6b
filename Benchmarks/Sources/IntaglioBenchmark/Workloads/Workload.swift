/// One question that a user would ask, put to all contenders that can answer it.
protocol Workload: Sendable {
  /// For `--only`; unique.
  var name: String { get }
  var title: String { get }
  /// What is done, what an acknowledgement means, what to keep in mind.
  var explanation: String { get }
  var unit: Unit { get }
  /// How the report draws it, besides its table.
  var plot: Plot { get }

  /// What lines are drawn over; nil for the size of records.
  var axis: String? { get }

  func cases(_ context: Context) throws -> [Case]
}

extension Workload {
  var axis: String? { nil }
}

/// What a sample's value is counted in.
enum Unit: String, Codable, Sendable {
  case recordsPerSecond
  case milliseconds

  var isBetterWhenHigher: Bool { self == .recordsPerSecond }
  var title: String { self == .recordsPerSecond ? "records/s" : "ms" }
}

/// How the cases of a workload are drawn.
enum Plot: String, Codable, Sendable {
  /// One bar for each contender and case.
  case bars
  /// Over the number in the cases' `x`, which is a size or a count of threads.
  case lines
  /// Lines over those cases that have an `x`, and bars for all.
  case linesAndBars
}

/// A workload with one size, number of threads, or whatever it varies.
struct Case {
  let label: String
  /// What `label` means as a number, for plots.
  var x: Double?
  let entrants: [Entrant]
}

/// A contender in a case: measured once a round, in turn with the others.
struct Entrant {
  let name: String
  var latencies: Latencies?
  var prepare: () throws -> Void = {}
  let measure: () throws -> Sample
  var finish: () throws -> Void = {}
}

/// What all workloads share.
struct Context {
  let corpus: Corpus
  /// An empty directory of the run.
  let directory: String
  let settings: Settings
}

/// How long things take.
struct Settings: Codable, Sendable {
  var isQuick: Bool
  var roundCount: Int
  /// How long one measurement of appending lasts.
  var sliceSeconds: Double
  /// How much is appended before: a log that has just begun is not yet what it will be.
  var warmByteCount = 24 << 20
  /// How much one measurement of appending may write.
  var byteLimit = 256 << 20
  /// How many records reading is measured on.
  var readCount: Int
  /// The sizes of logs that are reopened.
  var reopenCounts: [Int]
  /// How many keys the states have.
  var stateSizes: [Int]
  /// How long other processes follow a writer.
  var followSeconds: Double

  static let quick = Settings(
    isQuick: true, roundCount: 3, sliceSeconds: 0.1, readCount: 200_000,
    reopenCounts: [1_000_000], stateSizes: [1000, 100_000], followSeconds: 0.5)
  static let full = Settings(
    isQuick: false, roundCount: 7, sliceSeconds: 0.2, readCount: 500_000,
    reopenCounts: [1_000_000, 10_000_000],
    stateSizes: [1000, 100_000, 1_000_000], followSeconds: 1)
}
