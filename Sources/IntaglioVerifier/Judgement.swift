internal import IntaglioFormat
internal import IntaglioStorage

/// The verdict on a log, and all that led to it.
struct Judgement: Sendable {
  let files: LogFiles
  let scanned: [ScannedSegment]
  let prefix: Prefix
  private(set) var facts = OpeningFacts()
  private(set) var findings = FindingList()
  private(set) var good = SequenceRanges()
  private(set) var residue: Residue?
  private(set) var streamCount = 0
  /// Nil if states were not checked.
  private(set) var states: StateSummary?
  private let logID: LogID
  private let heads: KnownHeads
  private let bound: UInt64?

  var verdict: Verdict { facts.verdict }

  init(
    _ files: LogFiles, scanned: [ScannedSegment], heads: KnownHeads, bound: UInt64?,
    bootID: [UInt8], checksState: Bool
  ) throws(StorageError) {
    self.files = files
    self.scanned = scanned
    self.heads = heads
    self.bound = bound
    logID = files.knownID
    prefix = Prefix(scanned, logID: logID)
    try gatherFacts(bootID: bootID)
    let stateStreams = try gatherFindings()
    if checksState { try gatherStateFindings(stateStreams) }
  }

  // MARK: Facts, for the table of verdicts

  private mutating func gatherFacts(bootID: [UInt8]) throws(StorageError) {
    facts.committedCount = prefix.committedCount
    facts.provenCount = provenByFiles
    facts.contradictsHead = heads.all.contains { contradicts($0) }
    facts.hasWrongFile =
      !isManifestRight || scanned.indices.contains { isBad(scanned[$0].file, index: $0) }
    if let slot = heads.slot {
      facts.isSameBoot = slot.bootID == bootID && slot.bootID.contains { $0 != 0 }
    }
    // A writer may be busy beyond the bound.
    if let bound, prefix.validCount >= bound { return }
    try gatherResidue()
    if let index = prefix.lastIndex, let run = scanned[index].run, run.hasRemains {
      var reader = try FrameReader(scanned[index].file, context: logID.context)
      let search = try GapSearch(&reader, from: run.end.offset, count: prefix.validCount)
      facts.hasFrameBeyondGap = search.firstFrame != nil
      facts.provenCount = max(facts.provenCount, search.provenCount)
    }
  }

  /// Whether the file is no whole segment of this log, or others are missing before it.
  private func isBad(_ file: SegmentFile, index: Int) -> Bool {
    guard let header = file.header, header.logID == logID else { return true }
    return header.firstSequence != file.first || file.hasWrongSize
      || header.number != UInt64(index)
  }

  /// P, as far as it does not need the search beyond a gap.
  private var provenByFiles: UInt64 {
    var proven = heads.all.map(\.count).max() ?? 0
    for segment in scanned {
      guard let run = segment.run, let header = segment.file.header else { continue }
      proven = max(proven, header.firstSequence.rawValue, run.provenCount)
    }
    return proven
  }

  private func contradicts(_ head: KnownHeads.Known) -> Bool {
    head.count <= prefix.validCount && prefix.chain(at: head.count) != head.chain
  }

  /// Whether MANIFEST is valid, of this log, and what record 0 holds, if there is a record 0.
  private var isManifestRight: Bool {
    guard case .success(let manifest) = files.manifest, manifest.logID == logID else {
      return false
    }
    return prefix.committedCount == 0 || recordZero == files.manifestBytes
  }

  private var recordZero: [UInt8]? {
    for note in prefix.notes.first?.notes.notes ?? [] where note.sequence == 0 {
      if case .manifest(let bytes) = note.content { return bytes }
    }
    return nil
  }

  private mutating func gatherResidue() throws(StorageError) {
    for (index, segment) in scanned.enumerated() {
      guard try hasResidue(segment, index) else { continue }
      facts.hasResidue = true
      // Only what stands behind C in the last segment of all can be what a crash leaves.
      if index != prefix.lastIndex || index < scanned.count - 1 {
        facts.hasResidueOutsideLastSegment = true
      }
      if residue == nil { residue = try measureResidue(segment, index) }
    }
  }

  private func hasResidue(_ segment: ScannedSegment, _ index: Int) throws(StorageError) -> Bool {
    guard prefix.hasEntered(index), let run = segment.run else { return true }
    if index == prefix.lastIndex && run.end.offset > prefix.committedEnd.offset { return true }
    if run.hasRemains { return true }
    guard segment.file.fileByteCount > segment.file.byteCount else { return false }
    var reader = try FrameReader(segment.file, context: logID.context)
    return try reader.firstNonzero(from: segment.file.byteCount) != nil
  }

  private func measureResidue(
    _ segment: ScannedSegment, _ index: Int
  ) throws(StorageError) -> Residue {
    var start = 0
    if prefix.hasEntered(index), let run = segment.run {
      start = index == prefix.lastIndex ? prefix.committedEnd.offset : run.end.offset
    }
    var reader = try FrameReader(segment.file, context: logID.context)
    let last = try reader.lastNonzero(from: start)
    return Residue(
      file: segment.file.file, offset: start, byteCount: last.map { $0 + 1 - start } ?? 0)
  }

  // MARK: Findings, for people

  /// Returns the streams that are state spaces.
  private mutating func gatherFindings() throws(StorageError) -> Set<StreamNumber> {
    if !isManifestRight { findings.append(manifestFinding) }
    if files.hasKnownID { findings.append(files.headFindings(logID: logID)) }
    // A torn tail needs no explanation: what it is, the verdict says, and where, the residue.
    if verdict != .tornTail {
      var check = SegmentCheck(
        scanned, linkedCount: (prefix.lastIndex ?? -1) + 1, logID: logID, bound: bound)
      try check.run()
      findings.append(check.findings)
      good = check.good
    }
    if verdict.isWritable {
      good = SequenceRanges()
      good.add(0..<prefix.committedCount)
    }
    for head in heads.all where contradicts(head) {
      findings.append(
        Finding(
          .chain, head.name == FileName.head ? FileName.head : place.file, at: 0,
          sequence: head.count == 0 ? nil : head.count - 1,
          "\(head.name) at \(head.count) records names the chain value \(head.chain), the log "
            + "holds \(prefix.chain(at: head.count)?.hex ?? "none")"))
    }
    if facts.committedCount < facts.provenCount,
      verdict == .truncated || findings.isEmpty
    {
      findings.append(
        Finding(
          .missing, place.file, at: place.offset, sequence: facts.committedCount,
          "\(name(facts.committedCount..<facts.provenCount)) had been durable and are gone"))
    }
    return try gatherRecordFindings()
  }

  private mutating func gatherRecordFindings() throws(StorageError) -> Set<StreamNumber> {
    var records = RecordCheck(scanned.map(\.file.file), committedCount: prefix.committedCount)
    for (index, notes) in prefix.notes { records.run(notes, segmentIndex: index) }
    // Records that name others may stand beyond a break, or beyond what may be judged of a live log.
    if verdict.isWritable && !files.isLive { records.checkErasures() }
    findings.append(records.findings)
    streamCount = records.streamCount
    findings.append(try QuarantineCheck.run(files.directory, recovered: records.recovered))
    return records.stateStreams
  }

  private mutating func gatherStateFindings(
    _ streams: Set<StreamNumber>
  ) throws(StorageError) {
    let index = StateIndex(prefix.notes, committedCount: prefix.committedCount)
    let records = StateRecords(index, scanned.map(\.file), context: logID.context)
    var check = StateCheck(records, spaceStreams: streams)
    try check.run()
    findings.append(check.findings)
    states = check.summary
  }

  private var manifestFinding: Finding {
    switch files.manifest {
    case .failure(let error):
      Finding(
        files.manifestBytes == nil ? .missing : .header, FileName.manifest, at: 0, error.description
      )
    case .success(let manifest) where manifest.logID != logID:
      Finding(.otherLog, FileName.manifest, at: 0, "MANIFEST is that of log \(manifest.logID)")
    case .success:
      Finding(
        .header, FileName.manifest, at: 0, sequence: 0,
        "MANIFEST is not what record 0 holds")
    }
  }

  /// Where the committed records end.
  private var place: (file: String, offset: Int) {
    let end = prefix.committedEnd
    guard end.segmentIndex < scanned.count, prefix.lastIndex != nil else {
      return (FileName.segments + "/" + FileName.segment(.zero), 0)
    }
    return (scanned[end.segmentIndex].file.file, end.offset)
  }
}

extension Prefix {
  fileprivate func hasEntered(_ index: Int) -> Bool { lastIndex.map { index <= $0 } ?? false }
}

extension SegmentFile {
  var hasWrongSize: Bool { header.map { $0.capacity != fileByteCount } ?? false }
}

extension FrameRun {
  /// Something stands behind the valid frames.
  var hasRemains: Bool { state == .broken || firstNonzero != nil }
}
