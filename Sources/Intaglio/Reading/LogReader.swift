internal import IntaglioFormat
package import IntaglioStorage
public import SystemPackage

/// A log that another process may be writing, open for reading only.
///
/// It sees what HEAD says is durable (or, if asked, written) at the time of each `snapshot()`, and never parses bytes beyond
/// that. It takes no lock and writes nothing.
///
/// - Important: Payloads are borrowed from the mapped files. If a stranger cuts a segment file short while a record of
///   it is read, the process ends with SIGBUS; whether the files have their length is checked whenever HEAD has moved.
public final class LogReader: Sendable {
  /// The log's identity and origin.
  public let manifest: Manifest
  /// The directory of the log.
  public var path: FilePath { directory.path }

  private let directory: LogDirectory
  private let includesUnsynced: Bool
  private let access: ReadAccess
  private let state: Locked<State>

  private struct State: Sendable {
    var head: HeadSlot?
    var list = SegmentList([])
    /// The segment in which the known records end, its growing index, and where in its file they end.
    var growing: LiveIndex?
    var growingSegment: OpenSegment?
    var endOffset = SegmentHeader.byteCount
    var count: UInt64 = 0
    var chain: Digest
  }

  private init(
    _ directory: LogDirectory, _ manifest: Manifest, _ includesUnsynced: Bool, _ access: ReadAccess
  ) {
    self.directory = directory
    self.manifest = manifest
    self.includesUnsynced = includesUnsynced
    self.access = access
    state = Locked(State(chain: manifest.logID.genesis))
  }

  /// Opens the log at `path` for reading.
  ///
  /// - Parameter includingUnsynced: whether to read records that are written and not known to be synced; the loss of power
  ///   may take those back.
  /// - Throws: `notALog`, `damaged`, `unsupported`, `storage`.
  public static func open(
    at path: FilePath, includingUnsynced: Bool = false
  ) throws(LogError) -> LogReader {
    try open(at: path, includingUnsynced: includingUnsynced, access: .mapped)
  }

  package static func open(
    at path: FilePath, includingUnsynced: Bool = false, access: ReadAccess,
    system: any FileSystem = SystemFileSystem()
  ) throws(LogError) -> LogReader {
    let directory = LogDirectory(path, in: system)
    let reader = LogReader(directory, try directory.manifest(), includingUnsynced, access)
    _ = try reader.snapshot()
    return reader
  }

  /// The log as HEAD describes it now.
  ///
  /// Costs what was appended since the last call.
  ///
  /// - Throws: `historyReplaced` if the log does not have the records any more that were read before; `damaged`, `storage`.
  public func snapshot() throws(LogError) -> Snapshot {
    try state.withLock { state throws(LogError) in
      try refresh(&state)
      return Snapshot(list: state.list, count: state.count, chain: state.chain)
    }
  }

  /// The records from `sequence` on, and then those appended from now on; looks at HEAD 100 times a second.
  ///
  /// - Parameter stream: only the records of this stream, if given.
  public func follow(
    from sequence: SequenceNumber = .zero, stream: LogStream? = nil
  ) -> RecordFeed {
    RecordFeed(source: self, start: sequence, stream: stream?.number)
  }

  /// Whether a process has the log open for writing now.
  public func isBeingWritten() throws(LogError) -> Bool {
    try storing { () throws(StorageError) in
      try DirectoryLock.isHeld(directory.lockPath, in: directory.root.system)
    }
  }

  private func refresh(_ state: inout State) throws(LogError) {
    guard let head = try currentHead() else { return }
    if let before = state.head {
      if before.generation == head.generation { return }
      if before.epoch != head.epoch { try compareHistory(state) }
    }
    let target = includesUnsynced ? head.writtenCount : head.durableCount
    if target < state.count && head.durableCount < state.count && head.epoch == state.head?.epoch {
      throw replaced(state, "HEAD has gone back to \(head.durableCount) records")
    }
    if state.growingSegment == nil { try openFirst(&state, head) }
    while state.count < target {
      if try walk(&state, upTo: target) { continue }
      guard try openNextSegment(&state) else {
        throw LogError(
          .damaged,
          "\(directory.path): HEAD names \(target) records, and after record \(state.count) there is none; run `intaglio verify`",
          verdict: .corrupt)
      }
    }
    if !includesUnsynced, state.count == head.durableCount, state.chain != head.durableChain {
      throw replaced(state, "record \(state.count) is not the one that HEAD names")
    }
    state.head = head
  }

  /// HEAD, read again a few times while the writer is at it.
  private func currentHead() throws(LogError) -> HeadSlot? {
    for _ in 0..<8 {
      if let newest = try directory.head().newest { return newest }
      BackgroundThread.yield()
    }
    let names = try storing { () throws(StorageError) in try directory.firstSequences() }
    guard names.isEmpty else {
      throw LogError(
        .damaged,
        "\(directory.root.path(of: FileName.head)) has no valid slot: open the log for writing once to mend it, or run `intaglio verify`",
        verdict: .corrupt)
    }
    return nil
  }

  /// Checks, after another opening for writing, that the record before our position is still the one that we read.
  private func compareHistory(_ state: borrowing State) throws(LogError) {
    guard state.count > 0 else { return }
    // Opened anew: what is mapped might be a file that no longer has the name.
    let fresh = Segment(
      state.list.segments.last!.firstSequence, in: directory.segments, logID: manifest.logID,
      access: .copied)
    let last = SequenceNumber(state.count - 1)
    let snapshot = Snapshot(list: state.list, count: state.count, chain: state.chain)
    let offset = try snapshot.position(of: last).offset
    let chain: Digest
    do throws(LogError) {
      let index = LiveIndex()
      let segment = try OpenSegment.growing(fresh, index)
      chain = try Record.read(segment, at: offset, expecting: last).chain
    } catch {
      throw replaced(state, "record \(last) is not there any more", error.cause)
    }
    if chain != state.chain { throw replaced(state, "record \(last) is another one") }
  }

  private func replaced(
    _ state: borrowing State, _ what: String, _ cause: StorageError? = nil
  ) -> LogError {
    LogError(
      .historyReplaced,
      "\(directory.path): \(what): the log was set back or replaced; open it anew to read it as it is now",
      cause: cause)
  }

  /// Walks along the frames from the known end on; false if there are none.
  private func walk(_ state: inout State, upTo target: UInt64) throws(LogError) -> Bool {
    guard let segment = state.growingSegment, let index = state.growing else { return false }
    let before = state.count
    let capacity = segment.header.capacity
    while state.count < target {
      let chunk = try segment.bytes(state.endOffset..<min(state.endOffset + 1 << 20, capacity))
      let start = state.count
      var needed = 0
      take(chunk.span, segment, index, &state, upTo: target, needed: &needed)
      if state.count == start {
        guard needed > 0 else { break }
        // A frame longer than the chunk: only its header is needed for the index.
        let header = try segment.bytes(state.endOffset..<min(state.endOffset + needed, capacity))
        take(header.span, segment, index, &state, upTo: state.count + 1, needed: &needed)
        if state.count == start { break }
      }
    }
    return state.count > before
  }

  private func take(
    _ bytes: RawSpan, _ segment: OpenSegment, _ index: LiveIndex, _ state: inout State,
    upTo target: UInt64, needed: inout Int
  ) {
    let start = state.endOffset
    var offset = start
    var count = state.count
    var chain = state.chain
    let capacity = segment.header.capacity
    needed = index.withContents { contents in
      while count < target {
        let position = offset - start
        guard position + 16 <= bytes.byteCount else { return 0 }
        guard
          position + FrameHeader.byteCount <= bytes.byteCount
            || capacity - offset < FrameHeader.byteCount
        else { return 0 }
        switch bytes.parseFrame(
          at: position, available: capacity - offset, context: segment.header.logID.context)
        {
        case .frame(let frame):
          guard frame.sequence.rawValue == count else { return 0 }
          guard position + frame.frameByteCount <= bytes.byteCount else {
            return position == 0 ? frame.frameByteCount : 0
          }
          contents.append(frame, in: bytes, at: position, fileOffset: offset)
          offset += frame.frameByteCount
          count += 1
          chain = FrameHeader.chain(storedIn: bytes, at: position)
        case .filler(let byteCount): offset += byteCount
        case .end, .invalid: return 0
        }
      }
      return 0
    }
    state.endOffset = offset
    state.count = count
    state.chain = chain
  }

  /// Goes on in the segment that begins at the known end; false if there is none.
  private func openNextSegment(_ state: inout State) throws(LogError) -> Bool {
    let next = SequenceNumber(state.count)
    let names = try storing { () throws(StorageError) in try directory.firstSequences() }
    guard names.contains(next), state.list.segments.last?.firstSequence != next else {
      return false
    }
    try open(next, &state)
    return true
  }

  /// At the first call: all segments but that in which HEAD's records end are sealed, and are opened when they are needed.
  private func openFirst(_ state: inout State, _ head: HeadSlot) throws(LogError) {
    let names = try storing { () throws(StorageError) in try directory.firstSequences() }
    guard let index = names.firstIndex(of: head.durableSegment) else {
      if head.durableCount == 0 { return }
      throw LogError(
        .damaged,
        "\(directory.segments.path(of: FileName.segment(head.durableSegment))) is missing; run `intaglio verify`",
        verdict: .corrupt)
    }
    state.list = SegmentList(
      names[..<index].map {
        Segment($0, in: directory.segments, logID: manifest.logID, access: access)
      })
    state.count = names[index].rawValue
    try open(names[index], &state)
    state.chain = state.growingSegment!.header.previousChain
  }

  private func open(
    _ first: SequenceNumber, _ state: inout State
  ) throws(LogError) {
    let segment = Segment(first, in: directory.segments, logID: manifest.logID, access: access)
    let index = LiveIndex()
    let open = try OpenSegment.growing(segment, index)
    state.growing = index
    state.growingSegment = open
    state.endOffset = SegmentHeader.byteCount
    state.list = state.list.appending(Segment(open, in: directory.segments, access: access))
  }
}

extension LogReader: RecordSource {
  private static let pollInterval = Duration.milliseconds(10)

  func snapshot(countOver count: UInt64) async throws(LogError) -> Snapshot? {
    while true {
      let snapshot = try snapshot()
      if snapshot.count > count { return snapshot }
      do { try await Task.sleep(for: Self.pollInterval) } catch { return nil }
    }
  }
}
