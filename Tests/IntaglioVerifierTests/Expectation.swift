import IntaglioFormat
import IntaglioVerifier

/// What the page says of a damaged log.
struct Expectation: Sendable {
  /// Where the first finding has to be, and what it may be called.
  struct Place: Sendable {
    let file: String
    let offset: Int
    let sequence: Int?
    let kinds: Set<Finding.Kind>

    init(_ file: String, _ offset: Int, _ sequence: Int?, _ kinds: Set<Finding.Kind>) {
      self.file = file
      self.offset = offset
      self.sequence = sequence
      self.kinds = kinds
    }

    func matches(_ finding: Finding) -> Bool {
      finding.file == file && finding.offset == offset && kinds.contains(finding.kind)
        && (sequence == nil || finding.sequence == sequence.map { UInt64($0) })
    }
  }

  let verdict: Verdict
  /// C; nil where nothing is said about the contents.
  var committedCount: Int?
  /// V.
  var validCount: Int?
  /// Any of these; none if nothing may be found.
  var places: [Place] = []
  /// Some finding names one of these records.
  var named: Set<Int> = []
  /// Records that do not hold; nil if this is not judged.
  var badRecords: Set<Int>?
  /// Where bytes lie that should be zeros.
  var residueOffset: Int?

  static let intact = Expectation(
    verdict: .clean, committedCount: SampleLog.recordCount, validCount: SampleLog.recordCount,
    badRecords: [])

  static func unsupported(_ file: String) -> Expectation {
    Expectation(verdict: .unsupported, places: [Place(file, 0, nil, [.header])])
  }

  private var exitCode: Int32 {
    switch verdict {
    case .unsupported: 3
    case .tornTail: 4
    case .clean, .empty: places.isEmpty ? 0 : 1
    case .corrupt, .truncated, .rewritten: 1
    }
  }

  /// What is otherwise in the report, in words; nil if nothing is.
  func mismatch(_ report: Report) -> String? {
    var words: [String] = []
    func expect(_ holds: Bool, _ text: @autoclosure () -> String) {
      if !holds { words.append(text()) }
    }
    expect(report.verdict == verdict, "\(report.verdict) instead of \(verdict)")
    expect(report.exitCode == exitCode, "exits with \(report.exitCode) instead of \(exitCode)")
    if let committedCount {
      expect(
        report.committedCount == UInt64(committedCount),
        "has \(report.committedCount) records instead of \(committedCount)")
    }
    if let validCount {
      expect(
        report.validCount == UInt64(validCount),
        "has \(report.validCount) valid records instead of \(validCount)")
    }
    if let first = report.findings.first {
      expect(places.contains { $0.matches(first) }, "finds \(first) instead of \(places)")
    } else {
      expect(places.isEmpty, "finds nothing instead of \(places)")
    }
    if !named.isEmpty {
      let isNamed = report.findings.contains {
        $0.sequence.map { named.contains(Int($0)) } ?? false
      }
      expect(isNamed, "names none of \(named) in \(report.findings)")
    }
    if let badRecords {
      let good = report.goodRanges.flatMap {
        Int($0.lowerBound.rawValue)..<Int($0.upperBound.rawValue)
      }
      expect(
        Set(good) == Set(0..<SampleLog.recordCount).subtracting(badRecords),
        "calls \(report.goodRanges) good, not all but \(badRecords)")
    }
    if let residueOffset {
      expect(
        report.residue?.offset == residueOffset,
        "residue \(String(describing: report.residue)) instead of one at \(residueOffset)")
    }
    return words.isEmpty ? nil : words.joined(separator: "; ")
  }
}
