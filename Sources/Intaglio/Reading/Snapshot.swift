public import IntaglioFormat

/// A reader's view of a log: the records up to a commit, and no change after that.
///
/// Taking one costs the same at any size of the log. It may be kept and used from any thread; it keeps the files that it
/// needs open.
public struct Snapshot: Sendable {
  let list: SegmentList
  /// How many records the log had: they are numbered from 0 to one less.
  public let count: UInt64
  /// The chain value of the last record, or the log's genesis value if it has none.
  public let chain: Digest

  /// The sequence numbers of all records.
  public var sequences: Range<SequenceNumber> { .zero..<SequenceNumber(count) }

  /// The record at `sequence`.
  ///
  /// About one cache miss more than the record itself; a payload stored as LZ4 is decoded.
  /// - Throws: `notFound` if the snapshot does not have it, `damaged` if its bytes are not what was written.
  public func record(at sequence: SequenceNumber) throws(LogError) -> Record {
    let (segment, ordinal) = try locate(sequence)
    return try Record.read(
      segment, at: segment.offset(of: ordinal), expecting: sequence)
  }

  /// The records in `range`, cut to those that there are, in order.
  public func records(in range: Range<SequenceNumber>) -> RecordSequence {
    RecordSequence(snapshot: self, range: range.clamped(to: sequences))
  }

  /// All records, in order.
  public var records: RecordSequence { records(in: sequences) }

  private func locate(
    _ sequence: SequenceNumber
  ) throws(LogError) -> (OpenSegment, ordinal: Int) {
    guard sequence.rawValue < count else {
      throw LogError(
        .notFound,
        count == 0
          ? "there is no record \(sequence): the log is empty"
          : "there is no record \(sequence): the last one is \(count - 1)")
    }
    let index = list.index(of: sequence)
    guard index >= 0 else {
      throw LogError(.damaged, "the segment with record \(sequence) is missing", verdict: .corrupt)
    }
    let segment = try list.open(index)
    let ordinal = Int(sequence.rawValue - segment.header.firstSequence.rawValue)
    return (segment, ordinal)
  }

  /// Where the frame of `sequence` begins.
  func position(
    of sequence: SequenceNumber
  ) throws(LogError) -> (segment: OpenSegment, segmentIndex: Int, offset: Int) {
    let (segment, ordinal) = try locate(sequence)
    return (segment, list.index(of: sequence), try segment.offset(of: ordinal))
  }
}
