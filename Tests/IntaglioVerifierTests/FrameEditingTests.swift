import IntaglioFormat
import IntaglioVerifier
import Testing

/// A segment file with other contents, and what is expected of the log then.
struct SegmentEdit: Sendable {
  let name: String
  let segmentIndex: Int
  let bytes: [UInt8]
  let expectation: Expectation
}

extension Corruption {
  @Suite("Frames") struct Frames {
    @Test("A frame that is cut out is missed, whichever it is")
    func removed() throws {
      let log = try Corruption.sample.get()
      check(log.removals, of: log, count: 200)
    }

    @Test("A frame that is overwritten with zeros is missed, whichever it is")
    func zeroed() throws {
      let log = try Corruption.sample.get()
      check(log.erasures, of: log, count: 200)
    }

    @Test("Neighbours that change places are found, whichever they are")
    func swapped() throws {
      let log = try Corruption.sample.get()
      check(log.swaps, of: log, count: 200 - log.segments.count)
    }

    @Test("A frame that stands twice is found, whichever it is")
    func duplicated() throws {
      let log = try Corruption.sample.get()
      check(log.duplications, of: log)
    }

    @Test("A frame of another log in a frame's place is found, whichever it is")
    func replaced() throws {
      let log = try Corruption.sample.get()
      check(log.replacements(by: try Corruption.other.get()), of: log, count: 200)
    }

    private func check(
      _ edits: [SegmentEdit], of log: SampleLog, count: Int? = nil,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      let tally = sweep(
        Array(edits.enumerated()), of: log, sourceLocation: sourceLocation
      ) { edit, copy, tally in
        try copy.write(edit.element.name, edit.element.bytes)
        tally.check(
          try edit.element.expectation.mismatch(copy.verify()),
          "edit \(edit.offset) in \(edit.element.name)")
        try copy.restore(edit.element.name)
      }
      if let count { #expect(tally.caseCount == count, sourceLocation: sourceLocation) }
      #expect(tally.caseCount > 190, sourceLocation: sourceLocation)
    }
  }
}

extension SampleLog {
  /// Every frame cut out, those behind it moved to its place.
  var removals: [SegmentEdit] {
    frames.map { frame in
      var rest = frames(of: frame.segmentIndex)
      rest.removeAll { $0.sequence == frame.sequence }
      return edit(frame.segmentIndex, rest.map(bytes), missing(frame))
    }
  }

  /// Every frame as zeros.
  var erasures: [SegmentEdit] {
    frames.map { frame in
      let contents = frames(of: frame.segmentIndex).map {
        $0.sequence == frame.sequence ? [UInt8](repeating: 0, count: $0.byteCount) : bytes($0)
      }
      return edit(frame.segmentIndex, contents, missing(frame))
    }
  }

  private func missing(_ frame: Frame) -> Expectation {
    let name = segments[frame.segmentIndex].name
    let start = frames[frame.batchStart]
    // Only behind the last record of all nothing is left, and only if it is a batch of its own.
    let isTruncated = frame.sequence == Self.recordCount - 1 && frame.batchStart == frame.sequence
    var places = [Expectation.Place(name, frame.offset, frame.sequence, [.missing])]
    if frame.sequence == Self.recordCount - 1 {
      places.append(.init(name, start.offset, start.sequence, [.missing]))
    }
    return Expectation(
      verdict: isTruncated ? .truncated : .corrupt, committedCount: frame.batchStart,
      validCount: frame.sequence, places: places)
  }

  /// Every frame and the one behind it in the same segment in each other's place.
  var swaps: [SegmentEdit] {
    segments.indices.flatMap { index in
      let all = frames(of: index)
      return all.dropLast().indices.map { position in
        var order = all
        order.swapAt(position, position + 1)
        let frame = all[position]
        let expected = Expectation(
          verdict: .corrupt, committedCount: frame.batchStart, validCount: frame.sequence,
          places: [.init(segments[index].name, frame.offset, frame.sequence, [.reordered])],
          badRecords: [])
        return edit(index, order.map(bytes), expected)
      }
    }
  }

  /// Every frame twice, those behind it moved on; what does not fit any more is gone.
  var duplications: [SegmentEdit] {
    frames.compactMap { frame in
      let all = frames(of: frame.segmentIndex)
      let position = frame.sequence - all[0].sequence
      var order = all[...position] + all[position...]
      while order.reduce(Self.headerByteCount, { $0 + $1.byteCount }) > Self.capacity {
        order.removeLast()
      }
      // Where nothing but the copy is lost, it is removal that was done.
      guard order.count > position + 1 else { return nil }
      return edit(
        frame.segmentIndex, order.map(bytes),
        repeated(frame, isLast: frame.sequence == all.last?.sequence))
    }
  }

  private func repeated(_ frame: Frame, isLast: Bool) -> Expectation {
    let name = segments[frame.segmentIndex].name
    let next = frame.sequence + 1
    let place = Expectation.Place(
      name, frame.range.upperBound, next, isLast ? [.duplicated, .storage] : [.duplicated])
    if next == Self.recordCount {
      // Behind the last commit of all: what a crash could have left.
      return Expectation(
        verdict: .tornTail, committedCount: next, validCount: next, badRecords: [],
        residueOffset: frame.range.upperBound)
    }
    return Expectation(
      verdict: .corrupt,
      committedCount: isLast ? Self.recordCount : frame.isCommit ? next : frame.batchStart,
      validCount: isLast ? Self.recordCount : next, places: [place])
  }

  /// Every frame as that of another log, in the same place and with the same size.
  func replacements(by other: SampleLog) -> [SegmentEdit] {
    frames.map { frame in
      let stranger = other.frames[frame.sequence]
      precondition(stranger.range == frame.range)
      let contents = frames(of: frame.segmentIndex).map {
        $0.sequence == frame.sequence ? other.bytes(stranger) : bytes($0)
      }
      let name = segments[frame.segmentIndex].name
      return edit(
        frame.segmentIndex, contents,
        Expectation(
          verdict: .corrupt, committedCount: frame.batchStart, validCount: frame.sequence,
          places: [.init(name, frame.offset, frame.sequence, [.otherLog])],
          badRecords: [frame.sequence]))
    }
  }

  private func edit(
    _ segmentIndex: Int, _ frames: [[UInt8]], _ expectation: Expectation
  ) -> SegmentEdit {
    SegmentEdit(
      name: segments[segmentIndex].name, segmentIndex: segmentIndex,
      bytes: image(of: segmentIndex, frames)!, expectation: expectation)
  }
}
