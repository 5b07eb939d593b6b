internal import IntaglioFormat

/// The segments of a log, in order; immutable, and shared by all snapshots between two rotations.
final class SegmentList: Sendable {
  let segments: [Segment]
  // Of each segment, side by side: finding one looks at nothing else.
  private let firstSequences: [SequenceNumber]

  init(_ segments: [Segment]) {
    self.segments = segments
    firstSequences = segments.map(\.firstSequence)
  }

  /// The index of the segment that has `sequence`, if the log has it.
  func index(of sequence: SequenceNumber) -> Int {
    firstSequences.partitioningIndex { $0 > sequence } - 1
  }

  /// How many records segment `index` has: known for all but the last.
  func count(at index: Int) -> Int? {
    index + 1 < firstSequences.count
      ? Int(firstSequences[index + 1].rawValue - firstSequences[index].rawValue) : nil
  }

  func open(_ index: Int) throws(LogError) -> OpenSegment {
    try segments[index].open(count: count(at: index))
  }

  func appending(_ segment: Segment) -> SegmentList { SegmentList(segments + [segment]) }

  func replacing(_ index: Int, with segment: Segment) -> SegmentList {
    var segments = segments
    segments[index] = segment
    return SegmentList(segments)
  }
}
