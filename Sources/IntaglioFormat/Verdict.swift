/// What a log is found to be.
///
/// FileFormat, "Verdicts".
public enum Verdict: String, Sendable, CaseIterable {
  /// Written by a newer version; nothing is said about its contents.
  case unsupported
  /// A head that was noted before names another record than the log now holds.
  case rewritten
  /// Records that were durable are damaged.
  case corrupt
  /// Records that were durable are gone, and nothing stands in their place.
  case truncated
  /// The last writes before a crash are incomplete; nothing that was durable is lost.
  case tornTail = "torn tail"
  /// No records, and nothing wrong.
  case empty
  /// Every record is there and holds.
  case clean

  /// Whether a writer may open the log, mending a torn tail.
  public var isWritable: Bool { self == .clean || self == .empty || self == .tornTail }
}

/// What was found in a log, as the table of verdicts asks for it.
package struct OpeningFacts: Hashable, Sendable {
  package var hasNewerVersion = false
  /// HEAD or a trusted head names a chain value that the log does not have at that count.
  package var contradictsHead = false
  /// C: records in the valid, linked prefix up to its last commit.
  package var committedCount: UInt64 = 0
  /// P: records that are proven to have been durable.
  package var provenCount: UInt64 = 0
  /// Bytes that are not zero after C in its segment, or segments after it.
  package var hasResidue = false
  package var hasResidueOutsideLastSegment = false
  /// A segment's file is not as large as its capacity, or MANIFEST is not what record 0 says.
  package var hasWrongFile = false
  /// HEAD was written since this system started.
  package var isSameBoot = false
  package var hasFrameBeyondGap = false

  package init() {}

  /// The first line of the table that matches.
  package var verdict: Verdict {
    if hasNewerVersion { return .unsupported }
    if contradictsHead { return .rewritten }
    if committedCount < provenCount { return hasResidue ? .corrupt : .truncated }
    if hasResidueOutsideLastSegment || hasWrongFile { return .corrupt }
    if hasResidue { return isSameBoot && hasFrameBeyondGap ? .corrupt : .tornTail }
    return committedCount == 0 ? .empty : .clean
  }
}
