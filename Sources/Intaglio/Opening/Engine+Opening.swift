internal import IntaglioFormat
package import IntaglioStorage
internal import SystemPackage

/// What opening needs to know of its surroundings; tests put other things in their place.
package struct Surroundings: Sendable {
  package var system: any FileSystem = SystemFileSystem()
  package var clock = SystemClock.system
  package var bootID = BootID.current

  package init() {}
}

extension Engine {
  /// Opens an existing log for writing; a torn tail is mended and recorded, any other damage refused.
  static func open(
    _ path: FilePath, _ options: LogOptions, _ surroundings: Surroundings
  ) throws(LogError) -> Engine {
    try options.validate()
    let directory = LogDirectory(path, in: surroundings.system)
    let manifest = try directory.manifest()
    let lock = try takeLock(directory, options)
    return try open(directory, manifest, options, surroundings, lock: lock)
  }

  /// Makes a log where there is nothing, or only what an interrupted creation left.
  static func create(
    _ path: FilePath, origin: String?, _ options: LogOptions, _ surroundings: Surroundings
  ) throws(LogError) -> Engine {
    try options.validate()
    var generator = SystemRandomNumberGenerator()
    let id = LogID(bytes: (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) })!
    let origin = origin ?? "intaglio-\(id.description.prefix(8))"
    guard isValidName(origin) else {
      throw LogError(
        .invalid, "an origin has 1 to 255 bytes of UTF-8 without control characters")
    }
    let directory = LogDirectory(path, in: surroundings.system)
    let manifest = Manifest(logID: id, origin: origin)
    try storing { () throws(StorageError) in _ = try directory.root.make() }
    try checkIsVacant(directory)
    let lock = try takeLock(directory, options)
    // Once more under the lock: another process may have been faster.
    try checkIsVacant(directory)
    do throws(StorageError) {
      _ = try directory.segments.make()
      _ = try directory.quarantine.make()
      try directory.root.replace(
        FileName.manifest, with: manifest.encoded.rawSpan,
        temporarySuffix: FileName.temporarySuffix)
      try Directory(path.removingLastComponentOrCurrent, in: surroundings.system).synchronize()
    } catch { throw LogError(error) }
    return try open(directory, manifest, options, surroundings, lock: lock)
  }

  private static func checkIsVacant(_ directory: LogDirectory) throws(LogError) {
    let names = try storing { () throws(StorageError) in try directory.root.names() }
    if names.contains(FileName.manifest) {
      throw LogError(.exists, "\(directory.path) is a log already: open it, or choose another path")
    }
    let own = [
      FileName.lock, FileName.segments, FileName.quarantine,
      FileName.manifest + FileName.temporarySuffix,
    ]
    let segments =
      names.contains(FileName.segments)
      ? try storing { () throws(StorageError) in try directory.firstSequences() } : []
    guard names.allSatisfy(own.contains), segments.isEmpty else {
      throw LogError(.exists, "\(directory.path) is not empty: choose another path for the log")
    }
  }

  private static let lockAttemptCount = 5

  private static func takeLock(
    _ directory: LogDirectory, _ options: LogOptions
  ) throws(LogError) -> DirectoryLock {
    do throws(StorageError) {
      let root = try directory.root.status(of: ".")
      if !options.allowsUnsuitableFileSystem, let root,
        let name = MountTable.unsuitableFileSystem(device: root.device)
      {
        throw StorageError("use \(name) for a log at", directory.path, .notSupported)
      }
      var attempt = 1
      while true {
        let outcome = try DirectoryLock.take(directory.lockPath, in: directory.root.system)
        switch consume outcome {
        case .taken(let lock): return lock
        case .held(let holder):
          guard attempt >= lockAttemptCount else { break }
          throw StorageError(
            "take the lock of process \(holder) on", directory.path, .wouldBlock)
        }
        // A reader that asks whether the log is written holds the lock for a moment.
        let events = EventCount()
        events.wait(after: events.ticket, atMost: 10_000_000)
        attempt += 1
      }
    } catch {
      if error.errno == .notSupported {
        throw LogError(
          .unsuitableFileSystem,
          "\(error): locks and syncs there may not be what they promise; use a local file system, or allow it in the options",
          cause: error)
      }
      if error.errno == .wouldBlock {
        throw LogError(
          .busy, "\(error): a log has one writer at a time; wait until it has ended, or only read",
          cause: error)
      }
      throw LogError(error)
    }
  }

  private static func open(
    _ directory: LogDirectory, _ manifest: Manifest, _ options: LogOptions,
    _ surroundings: Surroundings, lock: consuming DirectoryLock
  ) throws(LogError) -> Engine {
    let oldHead = try directory.head()
    let newest = oldHead.newest
    if let newest, newest.logID != manifest.logID {
      throw LogError(
        .damaged,
        "\(directory.path): HEAD belongs to another log than MANIFEST; run `intaglio verify`",
        verdict: .corrupt)
    }
    let scan = try TailScan(directory, manifest, newest, bootID: surroundings.bootID)
    let verdict = scan.facts.verdict
    guard verdict.isWritable else { throw refusal(scan, verdict) }
    // Everything that can be refused is read before anything is changed.
    let findings = try OpeningFindings(directory, scan, headIsLost: newest == nil)
    let staged = try StagedRecords(
      directory, manifest, after: scan.committedCount, chain: scan.committedChain)
    let epoch: UInt64
    let active: ActiveSegment
    let head: HeadFile
    do throws(StorageError) {
      if try directory.segments.make() { try directory.root.synchronize() }
      try Recovery(directory: directory, scan: scan).mend()
      try directory.segments.remove(FileName.nextSegment)
      active = try activeSegment(directory, manifest, options, scan)
      epoch = max(newest?.epoch ?? 0, findings.lastEpoch) + 1
      head = try headFile(directory, oldHead, scan, active, surroundings.bootID)
    } catch { throw LogError(error) }
    var list = scan.firstSequences.map {
      Segment($0, in: directory.segments, logID: manifest.logID, access: .mapped)
    }
    if !list.isEmpty { list.removeLast() }
    let count = scan.committedCount
    let writer = Writer(
      nextSequence: count, chain: scan.committedChain, writtenCount: count, durableCount: count,
      syncedCount: count, segment: active,
      writtenOffset: scan.segments.last?.committedEnd ?? SegmentHeader.byteCount,
      group: Writer.Group(
        number: 0, plan: active.plan, buffer: StagingBuffer(byteCount: stagingByteCount),
        startCount: count,
        fileOffset: scan.segments.last?.committedEnd ?? SegmentHeader.byteCount, endCount: count,
        endChain: scan.committedChain),
      bufferLimit: bufferLimit(options), nextStream: 1)
    let engine = Engine(
      directory: directory, manifest: manifest, options: options, clock: surroundings.clock,
      lock: lock, head: head, writer: writer,
      published: Published(
        list: SegmentList(list + [active.reading]), count: count, chain: scan.committedChain))
    try engine.begin(epoch: epoch, findings, staged)
    return engine
  }

  /// Appends what an opening appends, makes it durable, and starts the threads.
  private func begin(
    epoch: UInt64, _ findings: OpeningFindings, _ staged: StagedRecords
  ) throws(LogError) {
    writer.withLock { writer in
      writer.segment.index.withContents { $0.declaredBefore = findings.lastStream }
    }
    if snapshot.count == 0 {
      _ = try append(manifest.encoded.rawSpan, to: .log, kind: .manifest)
    }
    // First of all: these were ordered before anything that an opening has to say.
    try append(staged)
    try synchronizeAll()
    let last = try snapshot.lastDeclaredStream()
    writer.withLock { $0.nextStream = last.rawValue + 1 }
    for payload in try unrecordedRecoveries(snapshot) { _ = try append(payload) }
    _ = try append(.opened(epoch: epoch))
    try synchronizeAll()
    try storing { () throws(StorageError) in
      try head.write { $0.epoch = epoch }
      try head.synchronize()
    }
    stage()
    start()
  }

  private func unrecordedRecoveries(_ snapshot: Snapshot) throws(LogError) -> [LogPayload] {
    let names: [String]
    do throws(StorageError) { names = try directory.quarantine.names() } catch {
      if error.errno == .noSuchFileOrDirectory { return [] }
      throw LogError(error)
    }
    var payloads: [LogPayload] = []
    for name in names {
      guard let (count, digest) = FileName.quarantined(name), count.rawValue <= snapshot.count,
        try !snapshot.recordsRecovery(at: count, digest: digest)
      else { continue }
      let status = try storing { () throws(StorageError) in
        try directory.quarantine.status(of: name)
      }
      guard let status, status.isRegularFile else { continue }
      payloads.append(.recovered(at: count, digest: digest, byteCount: status.byteCount))
    }
    return payloads
  }

  private static func activeSegment(
    _ directory: LogDirectory, _ manifest: Manifest, _ options: LogOptions, _ scan: TailScan
  ) throws(StorageError) -> ActiveSegment {
    if let last = scan.segments.last {
      return try directory.openActiveSegment(SegmentPlan(last.header), LiveIndex(last.contents))
    }
    let capacity = options.capacity(ofSegment: 0, atLeast: SegmentHeader.byteCount)
    try directory.prepareNextSegment(
      capacity: capacity, writingZeros: options.durability == .synced)
    return try directory.installNextSegment(
      SegmentPlan(
        SegmentHeader(
          logID: manifest.logID, number: 0, firstSequence: .zero, capacity: capacity,
          nonce: .random(in: .min ... .max), previousChain: manifest.logID.genesis)))
  }

  /// HEAD, made anew if it was lost, with what recovery made durable.
  private static func headFile(
    _ directory: LogDirectory, _ old: Head, _ scan: TailScan, _ active: ActiveSegment,
    _ bootID: [UInt8]
  ) throws(StorageError) -> HeadFile {
    let newest = old.newest
    let isNew = try directory.root.status(of: FileName.head) == nil
    let file = try directory.root.open(FileName.head, .create)
    if try file.status().byteCount < HeadSlot.fileByteCount {
      try file.allocate(byteCount: HeadSlot.fileByteCount)
    }
    let slot = HeadSlot(
      logID: active.header.logID, isClean: false, generation: newest?.generation ?? 0,
      epoch: newest?.epoch ?? 0, writtenCount: scan.committedCount,
      durableCount: scan.committedCount, durableSegment: active.header.firstSequence,
      durableOffset: ByteOffset(scan.segments.last?.committedEnd ?? SegmentHeader.byteCount),
      durableChain: scan.committedChain, bootID: bootID)
    let head = HeadFile(file, slot)
    // A slot has 4,096 bytes: what stands behind the fields of an invalid one would keep it invalid.
    for (index, defect) in old.defects.enumerated() where defect != nil {
      try head.eraseSlot(index)
    }
    if newest == nil { try head.write { _ in } }
    try head.write { _ in }
    try head.synchronize()
    if isNew { try directory.root.synchronize() }
    return head
  }

  private static func refusal(_ scan: TailScan, _ verdict: Verdict) -> LogError {
    let code: LogError.Code = verdict == .unsupported ? .unsupported : .damaged
    let advice =
      verdict == .unsupported
      ? "use a newer intaglio" : "nothing was changed; run `intaglio verify` for the whole report"
    let defect =
      scan.defect
      ?? "\(scan.facts.provenCount) records were durable, \(scan.committedCount) are there"
    return LogError(
      code, "\(scan.directory.path) is \(verdict.rawValue): \(defect); \(advice)", verdict: verdict)
  }
}

/// What an opening has to know of the log's older part.
private struct OpeningFindings {
  /// The highest number of a stream that is declared, or 0.
  let lastStream: StreamNumber
  /// The epoch of the last `log.opened` where HEAD was lost, else 0.
  let lastEpoch: UInt64

  init(_ directory: LogDirectory, _ scan: TailScan, headIsLost: Bool) throws(LogError) {
    var segments = scan.firstSequences.dropLast().map {
      Segment($0, in: directory.segments, logID: scan.manifest.logID, access: .mapped)
    }
    if let last = scan.segments.last {
      let path = directory.segments.path(of: FileName.segment(last.header.firstSequence))
      let open = OpenSegment(
        header: last.header, path: path, index: LiveIndex(last.contents), mapping: last.mapping)
      segments.append(Segment(open, in: directory.segments, access: .mapped))
    }
    let snapshot = Snapshot(
      list: SegmentList(segments), count: scan.committedCount, chain: scan.committedChain)
    lastStream = try snapshot.lastDeclaredStream()
    lastEpoch = headIsLost ? try snapshot.lastEpoch() ?? 0 : 0
  }
}

extension FilePath {
  /// The directory in which the path's last component lies.
  fileprivate var removingLastComponentOrCurrent: FilePath {
    let parent = removingLastComponent()
    return parent.isEmpty ? "." : parent
  }
}

extension Snapshot {
  /// The number declared last, or 0.
  fileprivate func lastDeclaredStream() throws(LogError) -> StreamNumber {
    for index in list.segments.indices.reversed() {
      if let last = try list.open(index).index.highestStream { return last }
    }
    return .log
  }

  /// The epoch of the last opening, for a log that has lost its HEAD.
  fileprivate func lastEpoch() throws(LogError) -> UInt64? {
    for result in recordsBackwards(of: .log) {
      let record = try result.get()
      if case .opened(let epoch)? = LogPayload(kind: record.kind, decoding: record.payload) {
        return epoch
      }
    }
    return nil
  }

  fileprivate func recordsRecovery(
    at count: SequenceNumber, digest: Digest
  ) throws(LogError) -> Bool {
    for result in records(of: .log, from: count) {
      let record = try result.get()
      guard record.kind == .recovered else { continue }
      if case .recovered(count, digest, _)? = LogPayload(
        kind: .recovered, decoding: record.payload)
      {
        return true
      }
    }
    return false
  }
}
