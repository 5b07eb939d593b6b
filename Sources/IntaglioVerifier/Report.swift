public import IntaglioFormat

/// What a check of a log found.
public struct Report: Sendable {
  /// What the log is, by the table of verdicts of the file format.
  public let verdict: Verdict
  /// The log's identity; nil if no file is left that names it.
  public let logID: LogID?
  /// The name that the log was given, or nil if MANIFEST is not valid.
  ///
  /// It is as it was given: escape it before printing.
  public let origin: String?
  /// Whether a writer was there: then only records below `provenCount` were judged.
  public let isLive: Bool

  /// Records from the first on that hold and are linked.
  public let validCount: UInt64
  /// Records up to the last commit among the valid ones: the log's length.
  public let committedCount: UInt64
  /// Records that are proven to have been durable at some time.
  public let provenCount: UInt64
  /// The chain value of the last committed record; with `committedCount` it is the head to note elsewhere.
  public let chain: Digest?
  /// Bytes of the segment files.
  public let byteCount: Int
  /// Segment files.
  public let segmentCount: Int
  /// Declared streams.
  public let streamCount: Int
  /// What there is of states, as far as the valid records reach; nil if they were not checked.
  public let states: StateSummary?

  /// The first hundred defects.
  public let findings: [Finding]
  /// How many defects there are.
  public let findingCount: Int
  /// The sequence numbers of records that hold, in order; with a damaged log also those behind the damage.
  public let goodRanges: [Range<SequenceNumber>]
  /// The bytes behind the committed records that should be zeros.
  public let residue: Residue?

  /// Whether the log is whole and an auditor has nothing to report.
  public var isFaultless: Bool { exitCode == 0 }

  /// What a command that checks a log exits with: 0 whole, 1 damaged, 3 not readable by this version, 4 a torn tail and
  /// nothing else.
  public var exitCode: Int32 {
    switch verdict {
    case .unsupported: 3
    case .rewritten, .corrupt, .truncated: 1
    case .tornTail: findingCount > 0 ? 1 : 4
    case .clean, .empty: findingCount > 0 ? 1 : 0
    }
  }
}

/// Bytes behind the last committed record that are not zeros.
public struct Residue: Hashable, Sendable {
  /// The file in the log's directory.
  public let file: String
  /// Where they begin.
  public let offset: Int
  /// How many there are up to the last that is not zero, in this file.
  public let byteCount: Int
}

extension Report {
  init(_ judgement: Judgement) {
    let files = judgement.files
    verdict = judgement.verdict
    logID = files.hasKnownID ? files.knownID : nil
    origin = (try? files.manifest.get())?.origin
    isLive = files.isLive
    validCount = judgement.prefix.validCount
    committedCount = judgement.prefix.committedCount
    provenCount = judgement.facts.provenCount
    chain = judgement.prefix.committedChain
    byteCount = judgement.scanned.reduce(0) { $0 + $1.file.fileByteCount }
    segmentCount = judgement.scanned.count
    streamCount = judgement.streamCount
    states = judgement.states
    findings = judgement.findings.first
    findingCount = judgement.findings.count
    goodRanges = judgement.good.joined.map {
      SequenceNumber($0.lowerBound)..<SequenceNumber($0.upperBound)
    }
    residue = judgement.residue
  }

  /// A log of a newer version, of which nothing but that is said.
  init(unsupported files: LogFiles) {
    verdict = .unsupported
    logID = nil
    origin = nil
    isLive = files.isLive
    validCount = 0
    committedCount = 0
    provenCount = 0
    chain = nil
    byteCount = files.segments.reduce(0) { $0 + $1.fileByteCount }
    segmentCount = files.segments.count
    streamCount = 0
    states = nil
    findings = files.unsupported.map { [Finding(.header, $0.file, at: 0, $0.text)] } ?? []
    findingCount = findings.count
    goodRanges = []
    residue = nil
  }
}
