internal import IntaglioFormat
internal import IntaglioStorage
internal import Synchronization

extension Engine {
  /// How long records that nobody waits for stay in memory.
  static let lingerNanoseconds: UInt64 = 5_000_000
  private static let ticksUntilIdle = 40

  private enum CommitterStep: Sendable {
    case stop
    case commit(synchronizing: Bool)
    case linger
    case sleep
  }

  /// The committer's thread: commits what tasks wait for, what fills a buffer, and what has waited long enough.
  ///
  /// While records come it looks every 5 ms, so that appending wakes nobody; without work it goes to sleep, and the next
  /// append wakes it.
  func runCommitter() {
    var lastGroup = UInt64.max
    var idleTicks = 0
    var lastSync = clock.boot()
    while true {
      let ticket = committerEvents.ticket
      let now = clock.boot()
      noticeClockStep()
      let step = writer.withLock { writer -> CommitterStep in
        if writer.isFinished { return .stop }
        if writer.failure != nil { return .sleep }
        if writer.isCommitting { return .linger }
        let needsPeriodicSync = needsPeriodicSync(writer, since: lastSync, now: now)
        if !writer.closedGroups.isEmpty || writer.wantedCount > acknowledgedCount(writer) {
          return .commit(synchronizing: acknowledgesSynced || needsPeriodicSync)
        }
        if needsPeriodicSync { return .commit(synchronizing: true) }
        if writer.group.byteCount > 0 {
          idleTicks = 0
          if lastGroup == writer.group.number {
            return .commit(synchronizing: acknowledgesSynced)
          }
          lastGroup = writer.group.number
          return .linger
        }
        idleTicks += 1
        let isPeriodicPending =
          if case .periodic = options.durability { writer.durableCount < writer.writtenCount } else
          { false }
        guard idleTicks > Self.ticksUntilIdle, !isPeriodicPending else { return .linger }
        idleTicks = 0
        writer.largeBuffers = []
        writer.wantsCommitter = true
        return .sleep
      }
      switch step {
      case .stop: return
      case .commit(let synchronizing):
        commit(synchronizing: synchronizing)
        if synchronizing { lastSync = clock.boot() }
      case .linger: committerEvents.wait(after: ticket, atMost: Self.lingerNanoseconds)
      case .sleep: committerEvents.wait(after: ticket)
      }
    }
  }

  private func needsPeriodicSync(
    _ writer: borrowing Writer, since last: UInt64, now: UInt64
  ) -> Bool {
    guard case .periodic(let milliseconds, _) = options.durability else { return false }
    return (writer.durableCount < writer.writtenCount || writer.group.byteCount > 0)
      && now &- last >= UInt64(milliseconds) * 1_000_000
  }

  /// Records it when the wall clock has left the boot clock by more than a second.
  private func noticeClockStep() {
    let boot = clock.boot()
    let wall = clock.wall()
    let before = clockOffset.load(ordering: .relaxed)
    let difference = Int64(bitPattern: (wall &- boot) &- before)
    guard abs(difference) > 1_000_000_000 else { return }
    clockOffset.store(wall &- boot, ordering: .relaxed)
    // If the log takes no record now, the next append says why.
    _ = try? append(
      .clockStep(
        from: Timestamp(nanoseconds: boot &+ before), to: Timestamp(nanoseconds: wall)))
  }
}
