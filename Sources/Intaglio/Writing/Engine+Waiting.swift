internal import IntaglioFormat
internal import IntaglioStorage

extension Engine {
  /// How safe records are.
  private enum Safety: Sendable {
    /// They survive the end of the process: written, or in buffers that do.
    case staged
    case written
    case synced
  }

  /// Blocks until `count` records are acknowledged as the log's durability says.
  func wait(until count: UInt64) throws(LogError) {
    try wait(until: count, acknowledgesSynced ? .synced : .staged)
  }

  /// Blocks until everything ordered so far is synced, whatever the log's durability.
  func synchronizeAll() throws(LogError) {
    try wait(until: writer.withLock { $0.nextSequence }, .synced)
  }

  /// What is written, after writing whatever was acknowledged before that.
  func snapshotOfAcknowledged() -> Snapshot {
    if ForkGuard.generation == forkGeneration {
      let count = writer.withLock { $0.stagedCount > $0.writtenCount ? $0.stagedCount : 0 }
      // If that fails the log has failed, and has what it has; whoever appends or waits hears of it.
      if count > 0 { try? wait(until: count, .written) }
    }
    return snapshot
  }

  /// Blocks until `count` records are handed to the operating system, so that readers see them.
  func wait(untilWritten count: UInt64) throws(LogError) { try wait(until: count, .written) }

  private enum WaitStep: Sendable {
    case done
    case failed(LogError)
    case lead
    case yield
    case wait(event: Int, ticket: UInt64)
  }

  /// Other threads' copies are waited for so often; then a commit ends the group in which they go on and on.
  private static let mostYields = 64

  /// A waiter that finds nobody committing commits itself: handing over to another thread would cost two switches.
  private func wait(until count: UInt64, _ safety: Safety) throws(LogError) {
    try checkFork()
    var yieldCount = 0
    while true {
      let step = writer.withLock { writer -> WaitStep in
        if (safety == .synced ? writer.durableCount : writer.writtenCount) >= count { return .done }
        if let failure = writer.failure { return .failed(failure) }
        if safety == .staged, !isSyncDue(writer.unsyncedAndStagedByteCount) {
          switch writer.survival(of: count) {
          case .survives:
            writer.stagedCount = max(writer.stagedCount, count)
            return .done
          case .filling: if yieldCount < Self.mostYields { return .yield }
          case .unwritten: break
          }
        }
        guard writer.isCommitting else { return .lead }
        writer.wantedCount = max(writer.wantedCount, count)
        let event = Int(writer.groupNumber(ofRecordBefore: count) % 4)
        // Read under the lock: the commit that we wait for notifies after it has taken the lock once more.
        return .wait(event: event, ticket: groupEvents[event].ticket)
      }
      switch step {
      case .done: return
      case .failed(let error): throw error
      case .lead: commit(synchronizing: safety == .synced)
      case .yield:
        yieldCount += 1
        BackgroundThread.yield()
      case .wait(let event, let ticket): groupEvents[event].wait(after: ticket)
      }
    }
  }

  func waitAsynchronously(until count: UInt64) async throws(LogError) {
    try checkFork()
    if !acknowledgesSynced, isStaged(count) { return }
    let result = await withCheckedContinuation { continuation in
      asynchronousWaiters.withLock {
        $0.append(AsynchronousWaiter(count: count, continuation: continuation))
      }
      let needsCommit = writer.withLock { writer in
        writer.wantedCount = max(writer.wantedCount, count)
        return acknowledgedCount(writer) < count && writer.failure == nil
      }
      if needsCommit { committerEvents.notifyAll() } else { resumeAsynchronousWaiters() }
    }
    try result.get()
  }

  /// Whether `count` records are acknowledged without having been written.
  private func isStaged(_ count: UInt64) -> Bool {
    writer.withLock { writer in
      guard writer.failure == nil, !isSyncDue(writer.unsyncedAndStagedByteCount),
        writer.survival(of: count) == .survives
      else { return false }
      writer.stagedCount = max(writer.stagedCount, count)
      return true
    }
  }

  /// Whether so many bytes may not stay without a sync any longer.
  func isSyncDue(_ byteCount: Int) -> Bool {
    guard case .periodic(_, let limit) = options.durability else { return false }
    return byteCount >= limit
  }

  /// Resumes the tasks whose records are acknowledged, or all of them if the log failed.
  func resumeAsynchronousWaiters() {
    guard asynchronousWaiters.withLock({ !$0.isEmpty }) else { return }
    let (count, failure) = writer.withLock { (acknowledgedCount($0), $0.failure) }
    let ready = asynchronousWaiters.withLock { waiters in
      let ready = waiters.filter { $0.count <= count || failure != nil }
      waiters.removeAll { $0.count <= count || failure != nil }
      return ready
    }
    for waiter in ready {
      if waiter.count <= count {
        waiter.continuation.resume(returning: .success(()))
      } else {
        waiter.continuation.resume(returning: .failure(failure!))
      }
    }
  }
}

extension Writer {
  /// The number of the group that has the last of `count` records.
  func groupNumber(ofRecordBefore count: UInt64) -> UInt64 {
    if count > group.startCount { return group.number }
    if let closed = closedGroups.last(where: { count > $0.startCount }) { return closed.number }
    return (closedGroups.first?.number ?? group.number) &- 1
  }
}
