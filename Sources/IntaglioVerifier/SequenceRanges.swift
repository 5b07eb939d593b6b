/// Sets of sequence numbers as ranges, in order and without overlaps once `joined`.
struct SequenceRanges: Sendable {
  private var ranges: [Range<UInt64>] = []

  mutating func add(_ range: Range<UInt64>) {
    if range.isEmpty { return }
    if let last = ranges.last, last.upperBound == range.lowerBound {
      ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
    } else {
      ranges.append(range)
    }
  }

  /// Adds one number; the last there is has no successor and is left out.
  mutating func add(_ sequence: UInt64) {
    if sequence < UInt64.max { add(sequence..<sequence + 1) }
  }

  mutating func add(_ other: SequenceRanges) {
    for range in other.ranges { add(range) }
  }

  /// The same numbers in as few ranges as can be.
  var joined: [Range<UInt64>] {
    var result: [Range<UInt64>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = result.last, range.lowerBound <= last.upperBound {
        result[result.count - 1] =
          last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        result.append(range)
      }
    }
    return result
  }
}

/// The records of `range`, for people.
func name(_ range: Range<UInt64>) -> String {
  range.upperBound - range.lowerBound == 1
    ? "record \(range.lowerBound)" : "records \(range.lowerBound) to \(range.upperBound - 1)"
}
