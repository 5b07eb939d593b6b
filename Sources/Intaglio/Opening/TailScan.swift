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
    /// Frames that hold, behind the last commit.
    var uncommitted: [PlacedFrame] = []
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
    scanned.usedEnd = try usedEnd(scanned, segment)
    segments.append(scanned)
    return true
  }

  /// Where the last byte that is not zero ends.
  ///
  /// What was reserved and never written is not read: that would fill the page cache with as many zeros.
  private func usedEnd(
    _ scanned: ScannedSegment, _ segment: Segment
  ) throws(LogError) -> Int {
    let bytes = scanned.mapping.bytes
    let start = try storing { () throws(StorageError) in
      try File(segment.path, .readOnly, in: directory.segments.system)
        .nextData(from: scanned.validEnd)
    }
    guard let start, start < bytes.byteCount else { return scanned.validEnd }
    let last = bytes.extracting(start..<bytes.byteCount).lastNonzeroOffset
    return last.map { start + $0 + 1 } ?? scanned.validEnd
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

  /// Walks along the frames of a segment: in runs, so that what HEAD does not vouch for is checked many at a time.
  private mutating func walk(_ scanned: inout ScannedSegment, _ segment: Segment) {
    let trustedEnd =
      head?.durableSegment == scanned.header.firstSequence
      ? Int(clamping: head!.durableOffset.rawValue) : 0
    var run = FrameRun()
    while true {
      run.find(in: scanned, from: validCount, trustedEnd: trustedEnd, manifest.logID.context)
      let fault =
        run.isTrusted
        ? nil
        : TailCheck.firstFault(
          in: run.frames, of: scanned.mapping, after: validChain, nonce: scanned.header.nonce)
      accept(run.frames[..<(fault?.index ?? run.frames.count)], &scanned)
      if let fault { return note(fault.fault.description, at: scanned.validEnd, of: segment) }
      switch run.end {
      case .more: continue
      case .frames: return
      case .defect(let what): return note(what, at: scanned.validEnd, of: segment)
      case .filler(let byteCount):
        let offset = scanned.validEnd
        guard committedCount == validCount,
          FrameHeader.fillerHolds(
            scanned.mapping.bytes, at: offset, byteCount: byteCount, nonce: scanned.header.nonce)
        else {
          return note("\(segment.path), offset \(offset): a filler that does not hold")
        }
        scanned.validEnd = offset + byteCount
        scanned.committedEnd = scanned.validEnd
      }
    }
  }

  private mutating func note(_ what: String, at offset: Int, of segment: Segment) {
    note("\(segment.path), offset \(offset), record \(validCount): \(what)")
  }

  /// Takes frames that hold; those behind the last commit wait for the next one.
  private mutating func accept(_ frames: ArraySlice<PlacedFrame>, _ scanned: inout ScannedSegment) {
    guard let last = frames.last else { return }
    let mapping = scanned.mapping
    let bytes = mapping.bytes
    let headCount = head?.durableCount
    var commit: PlacedFrame?
    for frame in frames {
      facts.provenCount = max(facts.provenCount, frame.outline.provenDurableCount)
      validCount += 1
      if validCount == headCount {
        chainAtHead = FrameHeader.chain(storedIn: bytes, at: frame.offset)
      }
      guard frame.outline.isCommit else {
        scanned.uncommitted.append(frame)
        continue
      }
      if !scanned.uncommitted.isEmpty {
        for frame in scanned.uncommitted {
          scanned.contents.append(
            frame.outline, in: bytes, at: frame.offset, fileOffset: frame.offset)
        }
        scanned.uncommitted.removeAll(keepingCapacity: true)
      }
      scanned.contents.append(
        frame.outline, in: bytes, at: frame.offset, fileOffset: frame.offset)
      committedCount = validCount
      commit = frame
    }
    if let commit {
      committedChain = FrameHeader.chain(storedIn: bytes, at: commit.offset)
      scanned.committedEnd = commit.end
    }
    validChain = FrameHeader.chain(storedIn: bytes, at: last.offset)
    scanned.validEnd = last.end
  }
}
