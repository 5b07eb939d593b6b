/// All that a run found, as the JSON file has it.
struct Results: Codable, Sendable {
  let machine: Machine
  let settings: Settings
  /// Where the payloads were cut from.
  let text: String
  /// Contenders by name.
  let versions: [Version]
  var workloads: [WorkloadResult] = []
  /// How long all of it took.
  var seconds = 0.0

  struct Version: Codable, Sendable {
    let name: String
    let version: String
  }
}

/// What a workload found.
struct WorkloadResult: Codable, Sendable {
  let name: String
  let title: String
  let explanation: String
  let unit: Unit
  let plot: Plot
  let axis: String?
  var cases: [CaseResult] = []

  /// The contenders of all cases, in the order of the tables.
  var contenders: [String] {
    var names: [String] = []
    for row in cases.flatMap(\.rows) where !names.contains(row.contender) {
      names.append(row.contender)
    }
    return names
  }
}

/// What a case found.
struct CaseResult: Codable, Sendable {
  let label: String
  let x: Double?
  var rows: [Row] = []

  subscript(contender: String) -> Row? { rows.first { $0.contender == contender } }

  /// How many times better Intaglio is than `row`, round by round; nil for itself.
  func ratios(_ row: Row, _ unit: Unit) -> Summary? {
    guard let reference = rows.first(where: { $0.contender == Contenders.intaglio.name }),
      row.contender != reference.contender
    else { return nil }
    let ratios = zip(reference.samples, row.samples).map { ours, theirs in
      unit.isBetterWhenHigher ? ours.value / theirs.value : theirs.value / ours.value
    }
    return Summary(ratios)
  }
}

/// What a contender did in a case.
struct Row: Codable, Sendable {
  let contender: String
  /// In the order of the rounds; empty if it has no answer.
  var samples: [Sample] = []
  var latencies: LatencySummary?
  /// Why it has none, if something went wrong.
  var failure: String?

  var values: Summary? { Summary(samples.map(\.value)) }
  var cpuMicrosecondsPerRecord: Double? { perRecord { $0.cpuSeconds * 1e6 } }
  var diskBytesPerRecord: Double? { perRecord { Double($0.diskByteCount) } }
  var writtenBytesPerRecord: Double? { perRecord { Double($0.writtenByteCount) } }
  var peakByteCount: Double? { Summary(samples.map { Double($0.peakByteCount) })?.median }

  private func perRecord(_ cost: (Sample) -> Double) -> Double? {
    Summary(samples.map { cost($0) / Double(max(1, $0.count)) })?.median
  }
}

/// A few values: their median, and how far they lie apart.
struct Summary {
  let median: Double
  let minimum: Double
  let maximum: Double

  init?(_ values: [Double]) {
    let sorted = values.filter(\.isFinite).sorted()
    guard let first = sorted.first, let last = sorted.last else { return nil }
    minimum = first
    maximum = last
    let middle = sorted.count / 2
    median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// Half the distance of the extremes, in hundredths of the median.
  var spread: Double { median == 0 ? 0 : (maximum - minimum) / median * 50 }
}
