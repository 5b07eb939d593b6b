internal import IntaglioFormat

/// The segments of a log, in order; immutable, and shared by all snapshots between two rotations.
final class SegmentList: Sendable {
  let segments: [Segment]

  init(_ segments: [Segment]) { self.segments = segments }

  /// The index of the segment that has `sequence`, if the log has it.
  func index(of sequence: SequenceNumber) -> Int {
    segments.partitioningIndex { $0.firstSequence > sequence } - 1
  }

  /// How many records segment `index` has: known for all but the last.
  func count(at index: Int) -> Int? {
    index + 1 < segments.count
      ? Int(segments[index + 1].firstSequence.rawValue - segments[index].firstSequence.rawValue)
      : nil
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
