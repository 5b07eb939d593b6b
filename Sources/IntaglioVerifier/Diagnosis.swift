internal import IntaglioFormat
internal import IntaglioStorage

/// Says what is wrong from the place on where the valid frames of a segment end, and what is still good behind it.
///
/// The verdict does not depend on it. What stands around a break tells one kind of damage from another: whether the
/// record after it links to the chain value stored, whether the fields would hold with the sequence that was expected.
struct Diagnosis {
  private(set) var findings = FindingList()
  private(set) var good = SequenceRanges()
  /// What the next segment has to continue; nil where that is not known.
  private(set) var expectedChain: Digest?
  private(set) var expected: UInt64
  /// Where the last frame ends that was read.
  private(set) var endOffset: Int
  private var reader: FrameReader
  private var lost: [Range<UInt64>] = []
  private let bound: UInt64?
  private var file: String { reader.segment.file }

  /// - Parameters:
  ///   - start: behind the last valid frame.
  ///   - isLinked: false if the chain value before `start` is not known.
  init(
    _ reader: FrameReader, from start: Position, isLinked: Bool, bound: UInt64?
  ) throws(StorageError) {
    self.reader = reader
    self.bound = bound
    endOffset = start.offset
    expected = start.sequence
    expectedChain = isLinked ? start.chain : nil
    while endOffset < self.reader.byteCount, bound.map({ expected < $0 }) ?? true {
      guard let next = try step(at: endOffset) else { break }
      endOffset = next
    }
  }

  /// Judges what stands at `offset`, and returns where to go on; nil at the end of the frames.
  private mutating func step(at offset: Int) throws(StorageError) -> Int? {
    switch try reader.stand(at: offset) {
    case .end: return try skipZeros(at: offset)
    case .filler(let byteCount, let holds):
      if !holds { report(.storage, at: offset, "a filler's checksum or zeros do not hold") }
      return offset + byteCount
    case .invalid(let text, let plausible):
      return try judgeInvalid(at: offset, text, plausibleByteCount: plausible)
    case .frame(let frame):
      if frame.isValid { return try judge(frame) }
      if try successor(of: offset, before: frame.end) != nil {
        return try judgeInvalid(
          at: offset, "the stored byte count is not that of the frame", plausibleByteCount: nil)
      }
      // Its length is believed if it is chained, or if it leads to more frames.
      if try isLinked(frame) { return try judge(frame) }
      if try leadsOn(frame.end, from: offset) { return try judge(frame) }
      report(.entry, at: offset, "remains of a frame")
      return try resume(from: offset + FrameHeader.alignment)
    }
  }

  // MARK: Places that are no frame

  private mutating func skipZeros(at offset: Int) throws(StorageError) -> Int? {
    guard let next = try nextFrame(from: offset) else {
      if let nonzero = try reader.firstNonzero(from: offset) {
        report(
          .storage, at: offset,
          "the frames end here, but bytes that are not zero stand behind them, from \(nonzero) on")
      }
      return nil
    }
    if next.sequence > expected {
      report(
        .missing, at: offset,
        "zeros and remains up to \(next.offset), where \(name(expected..<next.sequence)) should be")
    } else {
      report(.storage, at: offset, "bytes that are no frame, up to \(next.offset)")
    }
    goOn(with: next)
    return next.offset
  }

  private mutating func judgeInvalid(
    at offset: Int, _ text: String, plausibleByteCount: Int?
  ) throws(StorageError) -> Int? {
    let header = try reader.headerBytes(at: offset)
    report(brokenKind(header), at: offset, text)
    let successor = try successor(
      of: offset, before: offset + (plausibleByteCount ?? reader.byteCount))
    guard let plausibleByteCount = successor.map({ $0.offset - offset }) ?? plausibleByteCount,
      header.count == FrameHeader.byteCount, try leadsOn(offset + plausibleByteCount, from: offset)
    else { return try resume(from: offset + FrameHeader.alignment) }
    let stored = Digest(header.rawSpan, at: 96)
    let next = try reader.frame(at: offset + plausibleByteCount)
    expectedChain = try follows(next, stored) ? stored : nil
    expected &+= 1
    return offset + plausibleByteCount
  }

  /// Whether the fields that the chain covers still hold although the frame does not.
  private func brokenKind(_ header: [UInt8]) -> Finding.Kind {
    guard header.count == FrameHeader.byteCount else { return .entry }
    let stored = Digest(header.rawSpan, at: 96)
    if let previous = expectedChain,
      FrameHeader.chain(of: header.rawSpan, at: 0, after: previous) == stored
    {
      return .storage
    }
    let context: UInt64 = header.rawSpan.integer(at: 16)
    if context != reader.context, let previous = expectedChain {
      let mended = header.replacing(at: 16, with: reader.context)
      let holds = FrameHeader.chain(of: mended.rawSpan, at: 0, after: previous) == stored
      return holds || context == 0 ? .entry : .otherLog
    }
    return .entry
  }

  /// Goes on at the next frame that is valid by itself, wherever it is.
  private mutating func resume(from offset: Int) throws(StorageError) -> Int? {
    guard let next = try nextFrame(from: offset) else { return nil }
    goOn(with: next)
    return next.offset
  }

  private mutating func goOn(with frame: FrameReader.Frame) {
    if frame.sequence > expected {
      lose(expected..<frame.sequence)
      expected = frame.sequence
    }
    expectedChain = nil
  }

  private mutating func nextFrame(
    from offset: Int, before end: Int = .max
  ) throws(StorageError) -> FrameReader.Frame? {
    var offset = offset
    while let candidate = try reader.nextCandidate(from: offset), candidate < end {
      if case .frame = try reader.parse(at: candidate),
        let frame = try reader.frame(at: candidate), frame.isValid
      {
        return frame
      }
      offset = candidate + FrameHeader.alignment
    }
    return nil
  }

  /// The record that has to follow the one at `offset`, if it stands before `end`.
  ///
  /// A length that leads past it is damaged, even if it leads to another frame.
  private mutating func successor(
    of offset: Int, before end: Int
  ) throws(StorageError) -> FrameReader.Frame? {
    guard let next = try nextFrame(from: offset + FrameHeader.alignment, before: end),
      next.sequence == expected &+ 1
    else { return nil }
    return next
  }

  /// Whether the length that leads from a damaged frame to `end` is to be believed: frames go on there, or there are none
  /// at all behind the damaged one.
  private mutating func leadsOn(_ end: Int, from offset: Int) throws(StorageError) -> Bool {
    if end < reader.byteCount {
      switch try reader.stand(at: end) {
      case .end: break
      case .filler(_, let holds): return holds
      case .frame(let frame): return frame.isValid
      case .invalid: return false
      }
    }
    return try nextFrame(from: offset + FrameHeader.alignment) == nil
  }

  // MARK: Frames

  private mutating func judge(_ frame: FrameReader.Frame) throws(StorageError) -> Int {
    let computed = try expectedChain.map { previous throws(StorageError) in
      try reader.chain(at: frame.offset, after: previous)
    }
    let isLinked = computed == nil || computed == frame.header.chain
    if isLinked && frame.sequence == expected {
      judgeContent(frame)
      advance(past: frame)
      return frame.end
    }
    let next = try reader.frame(at: frame.end)
    if let next, frame.sequence > expected, next.sequence == expected, frame.isValid, next.isValid {
      report(.reordered, at: frame.offset, "records \(frame.sequence) and \(expected) are swapped")
      good.add(expected)
      good.add(frame.sequence)
      lose(expected + 1..<frame.sequence)
      expected = frame.sequence &+ 1
      expectedChain = frame.header.chain
      return next.end
    }
    if frame.sequence == expected {
      try judgeUnlinked(frame, computed: computed, next: next)
      advance(past: frame)
      if let computed, try follows(next, computed) { expectedChain = computed }
      return frame.end
    }
    if try wouldHold(frame, withSequence: expected) {
      report(.entry, at: frame.offset, "the sequence is changed to \(frame.sequence)")
      expected &+= 1
      expectedChain = frame.header.chain
      return frame.end
    }
    if frame.sequence > expected {
      report(
        .missing, at: frame.offset,
        "\(name(expected..<frame.sequence)) should be here, before record \(frame.sequence)")
      lose(expected..<frame.sequence)
      judgeContent(frame)
      advance(past: frame)
    } else {
      try judgeEarlier(frame, next: next)
    }
    return frame.end
  }

  /// A frame with the right sequence that does not follow from the one before.
  private mutating func judgeUnlinked(
    _ frame: FrameReader.Frame, computed: Digest?, next: FrameReader.Frame?
  ) throws(StorageError) {
    if let computed, try follows(next, computed) {
      report(.chain, at: frame.offset, "the chain value is altered")
    } else if try follows(next, frame.header.chain) {
      report(.entry, at: frame.offset, "the record's fields are not those that were chained")
    } else {
      report(.chain, at: frame.offset, "the chain value does not follow from the record before")
    }
  }

  /// A frame with a sequence that was passed.
  private mutating func judgeEarlier(
    _ frame: FrameReader.Frame, next: FrameReader.Frame?
  ) throws(StorageError) {
    if let index = lost.firstIndex(where: { $0.contains(frame.sequence) }), frame.isValid {
      let range = lost.remove(at: index)
      lose(range.lowerBound..<frame.sequence)
      lose(frame.sequence + 1..<range.upperBound)
      report(.reordered, at: frame.offset, "record \(frame.sequence) stands behind later ones")
      good.add(frame.sequence)
    } else if frame.isValid,
      frame.sequence + 1 < expected || frame.header.chain == expectedChain
    {
      report(.duplicated, at: frame.offset, "record \(frame.sequence) stands here a second time")
    } else {
      report(
        .chain, at: frame.offset, "another record claims the sequence \(frame.sequence)")
      if try follows(next, frame.header.chain) { expectedChain = frame.header.chain }
    }
  }

  private mutating func judgeContent(_ frame: FrameReader.Frame) {
    if !frame.contentHolds {
      report(.payload, at: frame.offset, "the content does not match the digest that was chained")
    } else if !frame.sumHolds {
      report(.storage, at: frame.offset, "the checksum does not hold, the record itself does")
    } else {
      good.add(frame.sequence)
    }
  }

  private mutating func advance(past frame: FrameReader.Frame) {
    expected = frame.sequence &+ 1
    expectedChain = frame.header.chain
  }

  /// Whether `next` is the record after the one expected, and its chain value follows from `chain`.
  private mutating func follows(
    _ next: FrameReader.Frame?, _ chain: Digest
  ) throws(StorageError) -> Bool {
    guard let next, next.sequence == expected &+ 1 || next.sequence == expected else {
      return false
    }
    return try reader.chain(at: next.offset, after: chain) == next.header.chain
  }

  private mutating func wouldHold(
    _ frame: FrameReader.Frame, withSequence sequence: UInt64
  ) throws(StorageError) -> Bool {
    guard let previous = expectedChain else { return false }
    let mended = try reader.headerBytes(at: frame.offset).replacing(
      at: 80, with: sequence)
    return FrameHeader.chain(of: mended.rawSpan, at: 0, after: previous) == frame.header.chain
  }

  private mutating func isLinked(_ frame: FrameReader.Frame) throws(StorageError) -> Bool {
    guard let previous = expectedChain, frame.sequence == expected else { return false }
    return try reader.chain(at: frame.offset, after: previous) == frame.header.chain
  }

  /// Remembers records that were not where they should be, as they may turn up later.
  ///
  /// Only so many, whatever the log says.
  private mutating func lose(_ range: Range<UInt64>) {
    if !range.isEmpty && lost.count < 1000 { lost.append(range) }
  }

  private mutating func report(_ kind: Finding.Kind, at offset: Int, _ text: String) {
    findings.append(Finding(kind, file, at: offset, sequence: expected, text))
  }
}

extension [UInt8] {
  /// A copy with other bytes at `offset`: `value`, little-endian.
  fileprivate func replacing(at offset: Int, with value: UInt64) -> [UInt8] {
    var replacement = ByteBuilder()
    replacement.append(value)
    var copy = self
    copy.replaceSubrange(offset..<offset + 8, with: replacement.bytes)
    return copy
  }
}
