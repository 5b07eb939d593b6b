internal import IntaglioStorage

extension Writer {
  /// Whether records survive the end of the process.
  enum Survival: Sendable {
    case survives
    /// They will once another thread has copied what it has ordered.
    case filling
    /// They have to be written first.
    case unwritten
  }

  /// Whether the first `count` records survive the end of the process: written, or in buffers that do and are filled.
  func survival(of count: UInt64) -> Survival {
    if count <= writtenCount { return .survives }
    var survival = Survival.survives
    if let groupInFlight { add(groupInFlight, to: &survival) }
    for closed in closedGroups where closed.startCount < count { add(closed, to: &survival) }
    if group.startCount < count { add(group, to: &survival) }
    return survival
  }

  private func add(_ group: Group, to survival: inout Survival) {
    if !group.buffer.survivesProcess {
      survival = .unwritten
    } else if survival == .survives, !group.buffer.isFilled {
      survival = .filling
    }
  }

  /// Bytes that are not synced: written, or not even that.
  var unsyncedAndStagedByteCount: Int {
    closedGroups.reduce(unsyncedByteCount + group.byteCount) { $0 + $1.byteCount }
  }

  /// From now on staging buffers are these, which survive the process; nothing is staged at this moment.
  mutating func stage(in buffers: [StagingBuffer]) {
    precondition(group.byteCount == 0 && closedGroups.isEmpty && !buffers.isEmpty)
    makesBuffers = false
    bufferCount = buffers.count
    freeBuffers = Array(buffers.dropFirst())
    group.buffer = buffers[0]
    writeStagingHeader()
  }

  mutating func add(_ buffer: StagingBuffer) {
    bufferCount += 1
    freeBuffers.append(buffer)
  }
}
