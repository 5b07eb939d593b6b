internal import IntaglioFormat
internal import IntaglioStorage

/// Says what is wrong with the segments: each by itself, and each as the one that continues the one before.
struct SegmentCheck {
  private(set) var findings = FindingList()
  private(set) var good = SequenceRanges()
  private let scanned: [ScannedSegment]
  private let linkedCount: Int
  private let logID: LogID
  private let bound: UInt64?
  // What the next segment has to continue, as far as it is known.
  private var expected: UInt64? = 0
  private var chain: Digest?
  private var number: UInt64 = 0
  private var isInBatch = false
  private var previousEnd: (file: String, offset: Int)?

  /// - Parameter linkedCount: how many segments from the first on continue one another exactly.
  init(_ scanned: [ScannedSegment], linkedCount: Int, logID: LogID, bound: UInt64?) {
    self.linkedCount = linkedCount
    self.scanned = scanned
    self.logID = logID
    self.bound = bound
    chain = logID.genesis
  }

  mutating func run() throws(StorageError) {
    for (index, segment) in scanned.enumerated() {
      switch segment.file.decoded {
      case .failure(let error):
        report(.header, segment.file.file, sequence: expected, error.description)
        try read(
          segment,
          from: Position(
            offset: SegmentHeader.byteCount, sequence: expected ?? segment.file.first.rawValue,
            chain: chain ?? .zero))
        number &+= 1
      case .success(let header) where header.logID != logID:
        report(
          .otherLog, segment.file.file, sequence: expected ?? segment.file.first.rawValue,
          "the segment is that of log \(header.logID)")
        expected = nil
        chain = nil
        number &+= 1
      case .success(let header):
        checkHeader(header, of: segment.file)
        if segment.file.hasWrongSize {
          report(
            .storage, segment.file.file, at: segment.file.byteCount, sequence: nil,
            "the file has \(segment.file.fileByteCount) bytes, its header says \(header.capacity)")
        }
        try read(segment, header, isContinued: index + 1 < linkedCount)
        number = header.number &+ 1
      }
    }
  }

  private mutating func checkHeader(_ header: SegmentHeader, of file: SegmentFile) {
    let first = header.firstSequence.rawValue
    if header.firstSequence != file.first {
      report(
        .header, file.file, sequence: expected,
        "the header says that the first record is \(first), the name says another")
      return
    }
    guard let expected else { return }
    if first > expected {
      // A whole file is missing, or the end of the one before.
      let missing = FileName.segments + "/" + FileName.segment(SequenceNumber(expected))
      let isFile = header.number != number || previousEnd == nil
      report(
        .missing, isFile ? missing : previousEnd?.file ?? missing,
        at: isFile ? 0 : previousEnd?.offset ?? 0, sequence: expected,
        "\(name(expected..<first)) should be here, before the segment that begins with \(first)")
    } else if first < expected {
      report(
        .duplicated, file.file, sequence: expected,
        "the segment begins with record \(first), which was there")
    } else if let chain, chain != header.previousChain {
      report(
        .chain, file.file, sequence: expected,
        "the segment does not continue the chain of the one before")
    } else if isInBatch {
      report(
        .entry, file.file, sequence: expected,
        "the segment begins within a batch that the one before has begun")
    } else if header.number != number {
      report(
        .header, file.file, sequence: expected,
        "the segment has the number \(header.number) instead of \(number)")
    }
  }

  /// Takes what was read of a segment with a valid header, and explains where that ends.
  private mutating func read(
    _ segment: ScannedSegment, _ header: SegmentHeader, isContinued: Bool
  ) throws(StorageError) {
    guard let run = segment.run else { return }
    // A hostile header may count beyond the last number there is.
    if header.firstSequence.rawValue < run.end.sequence {
      good.add(header.firstSequence.rawValue..<run.end.sequence)
    }
    expected = run.end.sequence
    chain = run.end.chain
    isInBatch = run.end.isInBatch
    previousEnd = (segment.file.file, run.end.offset)
    guard run.hasRemains else { return }
    if isContinued {
      report(
        .storage, segment.file.file, at: run.end.offset, sequence: run.end.sequence,
        "bytes that are not zero stand behind the last frame")
    } else {
      try read(segment, from: run.end)
    }
  }

  private mutating func read(
    _ segment: ScannedSegment, from start: Position
  ) throws(StorageError) {
    let diagnosis = try Diagnosis(
      FrameReader(segment.file, context: logID.context), from: start, isLinked: chain != nil,
      bound: bound)
    findings.append(diagnosis.findings)
    good.add(diagnosis.good)
    isInBatch = false
    expected = diagnosis.expected
    chain = diagnosis.expectedChain
    previousEnd = (segment.file.file, diagnosis.endOffset)
  }

  private mutating func report(
    _ kind: Finding.Kind, _ file: String, at offset: Int = 0, sequence: UInt64?, _ text: String
  ) {
    findings.append(Finding(kind, file, at: offset, sequence: sequence, text))
  }
}
