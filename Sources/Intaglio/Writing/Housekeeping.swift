internal import IntaglioFormat
internal import IntaglioStorage

/// What the second thread of an open log does: the next segment ahead of time, more staging buffers, sidecars of sealed
/// segments, HEAD's sync within a second.
final class Housekeeping: Sendable {
  private struct State {
    var segmentNumber: UInt64 = 0
    var segmentCapacity = 0
    var writesZeros = false
    var segmentState = SegmentState.none
    var sealed: [ActiveSegment] = []
    var flushed: (segment: ActiveSegment, point: DurablePoint)?
    var wantsStagingSlot = false
    var isStopping = false
  }

  private enum SegmentState { case none, requested, preparing, ready }

  enum Task: Sendable {
    case prepareSegment(capacity: Int, writingZeros: Bool)
    case makeStagingSlot
    case flush(ActiveSegment, upTo: DurablePoint)
    case buildSidecar(ActiveSegment)
    case stop
  }

  private let state = Locked(State())
  private let events = EventCount()
  private let segmentEvents = EventCount()

  func wake() { events.notifyAll() }

  func stop() {
    state.withLock { $0.isStopping = true }
    wake()
  }

  /// Asks for segment `number` to be prepared; once for each number.
  func prepareSegment(_ capacity: Int, number: UInt64, writingZeros: Bool) {
    let isNew = state.withLock { state in
      guard state.segmentNumber < number, state.segmentState == .none else { return false }
      state.segmentNumber = number
      state.segmentCapacity = capacity
      state.writesZeros = writingZeros
      state.segmentState = .requested
      return true
    }
    if isNew { wake() }
  }

  /// Asks for what was written to `segment`, up to `point` at least, to be brought to the disk: sealing it need not
  /// wait for all of it then, and an opening has less to read and to write again.
  func flush(_ segment: ActiveSegment, upTo point: DurablePoint) {
    state.withLock { $0.flushed = (segment, point) }
    wake()
  }

  /// Asks for one more staging buffer.
  func makeStagingSlot() {
    let isNew = state.withLock { state in
      defer { state.wantsStagingSlot = true }
      return !state.wantsStagingSlot
    }
    if isNew { wake() }
  }

  func buildSidecar(of segment: ActiveSegment) {
    state.withLock { $0.sealed.append(segment) }
    wake()
  }

  /// Waits until a preparation that is under way has ended; one that has not begun is taken back.
  func waitForSegment(number: UInt64) throws(StorageError) {
    while true {
      let ticket = segmentEvents.ticket
      let isPreparing = state.withLock { state in
        if state.segmentState == .requested { state.segmentState = .none }
        return state.segmentState == .preparing
      }
      if !isPreparing { return }
      segmentEvents.wait(after: ticket)
    }
  }

  /// Whether `segments/next` is ready to become segment `number` with `capacity`; it is the caller's then.
  func takeSegment(capacity: Int, number: UInt64) -> Bool {
    state.withLock { state in
      guard state.segmentState == .ready, state.segmentNumber == number,
        state.segmentCapacity == capacity
      else { return false }
      state.segmentState = .none
      return true
    }
  }

  /// Leaves `segments/next`, whatever it is, to the caller, who makes segment `number` of it.
  func giveUpSegment(number: UInt64) {
    state.withLock { state in
      state.segmentState = .none
      state.segmentNumber = number
    }
  }

  /// The next task, waiting for one; nil when at most `nanoseconds` have passed without one.
  func nextTask(waitingAtMost nanoseconds: UInt64?) -> Task? {
    var deadline = nanoseconds
    while true {
      let ticket = events.ticket
      let task = state.withLock { state -> Task? in
        if state.segmentState == .requested, !state.isStopping {
          state.segmentState = .preparing
          return .prepareSegment(
            capacity: state.segmentCapacity, writingZeros: state.writesZeros)
        }
        if state.wantsStagingSlot, !state.isStopping {
          state.wantsStagingSlot = false
          return .makeStagingSlot
        }
        if let (segment, point) = state.flushed {
          state.flushed = nil
          return .flush(segment, upTo: point)
        }
        if !state.sealed.isEmpty { return .buildSidecar(state.sealed.removeFirst()) }
        return state.isStopping ? .stop : nil
      }
      if let task { return task }
      if let nanoseconds = deadline {
        if !events.wait(after: ticket, atMost: nanoseconds) { return nil }
        // Woken for something else: the rest of the time is cut short, which only makes a sync come sooner.
        deadline = nanoseconds / 2
        if nanoseconds < 1_000_000 { return nil }
      } else {
        events.wait(after: ticket)
        return nil
      }
    }
  }

  func finishSegment(isReady: Bool) {
    state.withLock { $0.segmentState = isReady ? .ready : .none }
    segmentEvents.notifyAll()
  }
}

extension Engine {
  /// HEAD reaches the disk at the latest this long after it was written.
  private static let headSyncNanoseconds: UInt64 = 500_000_000

  func runHousekeeping() {
    while true {
      let limit = head.isDirty ? Self.headSyncNanoseconds : nil
      switch housekeeping.nextTask(waitingAtMost: limit) {
      case .stop: return
      case .prepareSegment(let capacity, let writingZeros):
        // A failure is not lost: rotation finds nothing prepared, tries itself, and throws what it meets.
        let isReady =
          (try? directory.prepareNextSegment(
            capacity: capacity, writingZeros: writingZeros)) != nil
        housekeeping.finishSegment(isReady: isReady)
      case .makeStagingSlot: makeStagingSlot()
      case .flush(let segment, let point):
        do throws(StorageError) {
          try segment.synchronize()
          // The sync began after everything up to there was written. Only who commits writes HEAD.
          writer.withLock { $0.noteSynced(point) }
        } catch { fail(error) }
      case .buildSidecar(let segment): buildSidecar(of: segment)
      case nil:
        // Woken by the first write: the time in which HEAD has to be synced begins now.
        guard limit != nil, head.isDirty else { continue }
        do throws(StorageError) { try head.synchronize() } catch { fail(error) }
      }
    }
  }

  /// Writes the sidecar of a sealed segment, and lets it take the place of the index in memory.
  private func buildSidecar(of segment: ActiveSegment) {
    let contents = segment.index.withContents { $0 }
    let identity = SidecarFormat.Identity(segment.header)
    let bytes = SidecarFormat.encode(contents, identity)
    let name = FileName.sidecar(segment.header.firstSequence)
    // A sidecar is disposable: without it the index stays in memory, and the next opening scans the segment.
    guard
      (try? directory.segments.replace(
        name, with: bytes.rawSpan, temporarySuffix: FileName.temporarySuffix)) != nil,
      let mapping = try? directory.segments.open(name, .readOnly).map(byteCount: bytes.count),
      let index = SidecarIndex(mapping, identity, count: contents.count),
      let open = try? segment.reading.open(count: nil).with(index)
    else { return }
    published.withLock { published in
      let index = published.list.index(of: segment.header.firstSequence)
      published.list = published.list.replacing(
        index, with: Segment(open, in: directory.segments, access: .mapped))
    }
  }
}
