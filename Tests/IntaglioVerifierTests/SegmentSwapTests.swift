import IntaglioFormat
import IntaglioVerifier
import Testing

/// Other contents for all segment files of a log (nil: no such file), and what is expected of it then.
struct SegmentArrangement: Sendable {
  let name: String
  let contents: [[UInt8]?]
  let expectation: Expectation
}

extension Corruption {
  @Suite("Segments") struct Segments {
    @Test("Segment files that are removed, in each other's place or those of another log are found")
    func arrangements() throws {
      let log = try Corruption.sample.get()
      let all =
        log.removedSegments + log.permutedSegments + log.foreignSegments(try Corruption.other.get())
      let tally = sweep(all, of: log) { arrangement, copy, tally in
        try copy.arrange(arrangement.contents, log)
        tally.check(try arrangement.expectation.mismatch(copy.verify()), arrangement.name)
        try copy.arrange(log.segments.map { log.files[$0.name]! }, log)
      }
      #expect(tally.caseCount == 7 + 5 + 7)
    }

    @Test("MANIFEST and HEAD of another log are found")
    func otherFiles() throws {
      let log = try Corruption.sample.get()
      let other = try Corruption.other.get()
      _ = sweep([SampleLog.manifest, SampleLog.head], of: log) { name, copy, tally in
        var expected = Expectation.intact
        if name == SampleLog.manifest {
          expected = Expectation(verdict: .corrupt, committedCount: 200, validCount: 200)
        }
        expected.places = [.init(name, 0, nil, [.otherLog]), .init(name, 4096, nil, [.otherLog])]
        try copy.write(name, other.files[name]!)
        tally.check(try expected.mismatch(copy.verify()), name)
        try copy.restore(name)
      }
    }
  }
}

extension DamagedCopy {
  /// Gives each segment file other contents.
  func arrange(_ contents: [[UInt8]?], _ log: SampleLog) throws {
    for (segment, bytes) in zip(log.segments, contents) {
      if let bytes { try write(segment.name, bytes) } else { try remove(segment.name) }
    }
  }
}

extension SampleLog {
  private var segmentBytes: [[UInt8]] { segments.map { files[$0.name]! } }

  /// Sets of segments, by the bits of 1 to 7.
  private var subsets: [Set<Int>] {
    (1..<8).map { bits in Set((0..<3).filter { bits >> $0 & 1 == 1 }) }
  }

  var removedSegments: [SegmentArrangement] {
    subsets.map { subset in
      SegmentArrangement(
        name: "without \(subset.sorted())",
        contents: segmentBytes.enumerated().map { subset.contains($0.offset) ? nil : $0.element },
        expectation: expectation(removing: subset))
    }
  }

  var permutedSegments: [SegmentArrangement] {
    [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].map { order in
      let segment = segments[order.indices.first { order[$0] != $0 }!]
      return SegmentArrangement(
        name: "in the order \(order)", contents: order.map { segmentBytes[$0] },
        expectation: Expectation(
          verdict: .corrupt, committedCount: segment.firstSequence,
          validCount: segment.firstSequence,
          places: [.init(segment.name, 0, segment.firstSequence, [.header, .reordered])]))
    }
  }

  /// With segments of a log whose segments have the same names.
  func foreignSegments(_ other: SampleLog) -> [SegmentArrangement] {
    precondition(other.segments.map(\.name) == segments.map(\.name))
    return subsets.map { subset in
      SegmentArrangement(
        name: "\(subset.sorted()) of another log",
        contents: segments.enumerated().map { index, segment in
          (subset.contains(index) ? other : self).files[segment.name]!
        },
        expectation: subset.contains(0) ? foreignStart(subset) : foreignPart(subset))
    }
  }

  /// The first segment says which log it is: here MANIFEST and HEAD are not of this log.
  private func foreignStart(_ subset: Set<Int>) -> Expectation {
    let strange = segments.indices.first { !subset.contains($0) }
    let count = strange.map { segments[$0].firstSequence } ?? Self.recordCount
    return Expectation(
      verdict: .corrupt, committedCount: count, validCount: count,
      places: [.init(Self.manifest, 0, nil, [.otherLog])])
  }

  private func foreignPart(_ subset: Set<Int>) -> Expectation {
    let first = segments[subset.min()!]
    return Expectation(
      verdict: .corrupt, committedCount: first.firstSequence, validCount: first.firstSequence,
      places: [.init(first.name, 0, first.firstSequence, [.otherLog])])
  }
}
