internal import IntaglioFormat
internal import IntaglioStorage

/// Reads the end of a log, from the segment in which HEAD says the durable records end, and gathers what the table of
/// verdicts asks for.
///
/// What HEAD says is durable is only walked through, for the index; everything behind it is checked in full. That the
/// rest of the log holds is the verifier's business: the cost of opening does not grow with it.
struct TailScan {
  let directory: LogDirectory
  let manifest: Manifest
  let head: HeadSlot?
  let firstSequences: [SequenceNumber]

  private(set) var facts = OpeningFacts()
  /// Where and why the linked prefix ends, if not at the end of the frames.
  private(set) var defect: String?
  private(set) var validCount: UInt64 = 0
  private(set) var validChain: Digest
  private(set) var committedChain: Digest
  /// The segments read, the last one being that in which C lies.
  private(set) var segments: [ScannedSegment] = []
  private var chainAtHead: Digest?

  struct ScannedSegment {
    let header: SegmentHeader
    let mapping: Mapping
    /// Up to the last commit.
    var contents = IndexContents()
    var committedEnd = SegmentHeader.byteCount
    var validEnd = SegmentHeader.byteCount
    /// The end of the last byte that is not zero.
    var usedEnd = SegmentHeader.byteCount
  }

  init(_ directory: LogDirectory, _ manifest: Manifest, _ head: HeadSlot?, bootID: [UInt8])
    throws(LogError)
  {
    self.directory = directory
    self.manifest = manifest
    self.head = head
    validChain = manifest.logID.genesis
    committedChain = manifest.logID.genesis
    firstSequences = try storing { () throws(StorageError) in try directory.firstSequences() }
    facts.provenCount = head?.durableCount ?? 0
    facts.isSameBoot = head?.bootID == bootID
    try scan()
    try compareManifest()
    facts.committedCount = committedCount
    if let head, head.durableCount <= validCount, chainAtHead != head.durableChain {
      facts.contradictsHead = true
      note("HEAD notes another record \(head.durableCount) than the log holds")
    }
  }

  private(set) var committedCount: UInt64 = 0

  /// Bytes after C in its segment that are not zero.
  var residue: Range<Int>? {
    guard let last = segments.last, last.usedEnd > last.committedEnd else { return nil }
    return last.committedEnd..<last.usedEnd
  }

  private mutating func note(_ text: String) { if defect == nil { defect = text } }

  private mutating func scan() throws(LogError) {
    guard let lastName = firstSequences.last else {
      noteHead()
      return
    }
    let start =
      head.map { head in firstSequences.firstIndex(of: head.durableSegment) ?? 0 }
      ?? firstSequences.count - 1
    for index in start..<firstSequences.count {
      guard try scanSegment(index, isStart: index == start) else {
        if index < firstSequences.count - 1 || segments.last?.header.firstSequence != lastName {
          facts.hasResidue = true
          facts.hasResidueOutsideLastSegment = true
        }
        break
      }
    }
    if let number = segments.last?.header.number, number + 1 != UInt64(firstSequences.count) {
      facts.hasWrongFile = true
      note("there are \(firstSequences.count) segment files and the last one is number \(number)")
    }
    guard let last = segments.last else { return }
    if last.usedEnd > last.committedEnd { facts.hasResidue = true }
    if last.usedEnd > last.validEnd {
      let search = GapSearch(
        logID: manifest.logID, nonce: last.header.nonce, validCount: validCount,
        prefixEnd: last.validEnd)
      let found = search.search(last.mapping.bytes, upTo: last.usedEnd)
      facts.hasFrameBeyondGap = found.hasFrame
      facts.provenCount = max(facts.provenCount, found.provenCount)
    }
  }

  /// Record 0 has to hold the bytes of MANIFEST: without that, the names in MANIFEST are anybody's.
  private mutating func compareManifest() throws(LogError) {
    guard committedCount > 0, firstSequences.first == .zero else { return }
    let name = FileName.segment(.zero)
    let expected = manifest.encoded
    do throws(StorageError) {
      let file = try directory.segments.open(name, .readOnly)
      let frame = try file.read(
        byteCount: FrameHeader.byteCount + expected.count, at: SegmentHeader.byteCount)
      if frame.count < FrameHeader.byteCount
        || frame[FrameHeader.byteCount...] != expected[...]
        || frame[32...33] != [UInt8(RecordKind.manifest.rawValue), 0]
      {
        facts.hasWrongFile = true
        note("\(directory.segments.path(of: name)): record 0 does not hold the bytes of MANIFEST")
      }
    } catch { throw LogError(error) }
  }

  private mutating func noteHead() {
    if validCount == head?.durableCount { chainAtHead = validChain }
  }

  /// Scans one segment; false if the linked prefix ends in or before it and cannot go on in the next.
  private mutating func scanSegment(_ index: Int, isStart: Bool) throws(LogError) -> Bool {
    let segment = Segment(
      firstSequences[index], in: directory.segments, logID: manifest.logID, access: .mapped)
    guard let (header, mapping) = try open(segment) else { return false }
    facts.provenCount = max(facts.provenCount, header.firstSequence.rawValue)
    if isStart {
      validCount = header.firstSequence.rawValue
      validChain = header.previousChain
      committedCount = validCount
      committedChain = validChain
      if index == 0, validChain != manifest.logID.genesis || validCount != 0 {
        note("\(segment.path): the log does not begin here")
        validCount = 0
        committedCount = 0
        facts.hasWrongFile = true
        return false
      }
      noteHead()
    } else {
      guard header.firstSequence.rawValue == validCount, header.previousChain == validChain,
        committedCount == validCount
      else {
        note("\(segment.path): the segment does not continue the one before")
        return false
      }
      // Whatever stands behind the frames of a sealed segment was not written by this engine.
      if let before = segments.last, before.usedEnd > before.committedEnd {
        facts.hasResidueOutsideLastSegment = true
        facts.hasResidue = true
        note("\(segment.path): the segment before has bytes behind its frames")
      }
    }
    var scanned = ScannedSegment(header: header, mapping: mapping)
    walk(&scanned, segment)
    scanned.usedEnd = max(
      scanned.validEnd,
      mapping.bytes.extracting(scanned.validEnd..<mapping.byteCount).lastNonzeroOffset.map {
        scanned.validEnd + $0 + 1
      } ?? 0)
    segments.append(scanned)
    return true
  }

  /// The header and the bytes of a segment; nil if it cannot be a part of the log.
  private mutating func open(_ segment: Segment) throws(LogError) -> (SegmentHeader, Mapping)? {
    do throws(StorageError) {
      let file = try File(segment.path, .readOnly, in: directory.segments.system)
      let size = try file.status().byteCount
      let bytes = try file.read(byteCount: SegmentHeader.byteCount, at: 0)
      let header: SegmentHeader
      do throws(FormatError) { header = try SegmentHeader(decoding: bytes.rawSpan) } catch {
        if case .unsupportedVersion = error { facts.hasNewerVersion = true }
        facts.hasWrongFile = true
        note("\(segment.path): \(error)")
        return nil
      }
      guard header.logID == manifest.logID, header.firstSequence == segment.firstSequence else {
        facts.hasWrongFile = true
        note("\(segment.path): the segment belongs to another log or place")
        return nil
      }
      if size != header.capacity {
        facts.hasWrongFile = true
        note("\(segment.path) has \(size) bytes and should have \(header.capacity)")
      }
      return (header, try file.map(byteCount: min(size, header.capacity)))
    } catch { throw LogError(error) }
  }

  private mutating func walk(_ scanned: inout ScannedSegment, _ segment: Segment) {
    let mapping = scanned.mapping
    let bytes = mapping.bytes
    let header = scanned.header
    let trustedEnd =
      head?.durableSegment == header.firstSequence ? Int(clamping: head!.durableOffset.rawValue) : 0
    var offset = SegmentHeader.byteCount
    var uncommitted: [(FrameHeader, Int)] = []
    while offset < bytes.byteCount {
      switch FrameHeader.parse(
        bytes, at: offset, available: bytes.byteCount - offset, context: manifest.logID.context)
      {
      case .end: return
      case .invalid(let what, _):
        note("\(segment.path), offset \(offset), record \(validCount): \(what)")
        return
      case .filler(let byteCount):
        guard committedCount == validCount,
          FrameHeader.fillerHolds(bytes, at: offset, byteCount: byteCount, nonce: header.nonce)
        else {
          note("\(segment.path), offset \(offset): a filler that does not hold")
          return
        }
        offset += byteCount
        scanned.committedEnd = offset
      case .frame(let frame):
        let isTrusted = offset + frame.frameByteCount <= trustedEnd
        if let defect = check(frame, bytes, offset, header, isTrusted: isTrusted) {
          note("\(segment.path), offset \(offset), record \(validCount): \(defect)")
          return
        }
        validCount += 1
        validChain = frame.chain
        noteHead()
        facts.provenCount = max(facts.provenCount, frame.provenDurableCount)
        uncommitted.append((frame, offset))
        offset += frame.frameByteCount
        if frame.isCommit {
          for (frame, offset) in uncommitted {
            scanned.contents.append(
              frame.outline, in: bytes, at: offset, fileOffset: offset)
          }
          uncommitted.removeAll(keepingCapacity: true)
          committedCount = validCount
          committedChain = validChain
          scanned.committedEnd = offset
        }
      }
      scanned.validEnd = offset
    }
  }

  private func check(
    _ frame: FrameHeader, _ bytes: RawSpan, _ offset: Int, _ header: SegmentHeader,
    isTrusted: Bool
  ) -> String? {
    if frame.sequence.rawValue != validCount { return "record \(frame.sequence) stands here" }
    if isTrusted { return nil }
    if !frame.crcHolds(bytes, at: offset, nonce: header.nonce) { return "the CRC does not match" }
    if !frame.contentHolds(bytes, at: offset) { return "the payload does not match its digest" }
    if FrameHeader.chain(of: bytes, at: offset, after: validChain) != frame.chain {
      return "the chain value does not follow from the record before"
    }
    return nil
  }
}
