internal import IntaglioFormat
internal import IntaglioStorage
internal import Synchronization

extension Engine {
  /// One to fill while the other is written; more are made when they are needed.
  private static let firstSlotCount = 2

  /// Ends the file `staging` of an earlier process, whose records are synced by now; where an acknowledgement does not need a sync,
  /// a new one takes its place.
  func stage() {
    // If it stays, no harm is done: its records do not continue a log that has them.
    try? directory.root.remove(FileName.staging)
    guard !acknowledgesSynced,
      let (file, slots) = StagingFile.make(in: directory.root, slotCount: Self.firstSlotCount)
    else { return }
    staging.withLock { $0 = file }
    writer.withLock { $0.stage(in: slots) }
    stagingGrows.store(true, ordering: .relaxed)
  }

  /// Makes one more staging buffer for who waits for one.
  func makeStagingSlot() {
    // Where there is no room for another one, those that there are do.
    guard let file = staging.withLock({ $0 }), let slot = try? file.makeSlot() else {
      stagingGrows.store(false, ordering: .relaxed)
      return
    }
    writer.withLock { $0.add(slot) }
    spaceEvents.notifyAll()
  }
}
