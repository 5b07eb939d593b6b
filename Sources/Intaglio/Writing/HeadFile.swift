internal import IntaglioFormat
internal import IntaglioStorage
internal import Synchronization

/// HEAD as the writer keeps it: the slot written last, and whether it is synced.
///
/// Only the thread that commits writes; any may synchronize.
final class HeadFile: Sendable {
  private let file: File
  private let slot: Locked<HeadSlot>
  private let dirty = Atomic<Bool>(false)

  init(_ file: consuming File, _ slot: HeadSlot) {
    self.file = file
    self.slot = Locked(slot)
  }

  var current: HeadSlot { slot.withLock { $0 } }

  /// Writes the next generation: pwrite of 160 bytes into the slot that is not the newest.
  ///
  /// - Returns: whether HEAD was synced before, so that somebody has to see to the next sync.
  @discardableResult
  func write(_ change: (inout HeadSlot) -> Void) throws(StorageError) -> Bool {
    let next = slot.withLock { slot in
      var next = slot
      next.isClean = false
      change(&next)
      next.generation += 1
      return next
    }
    try file.write(next.encoded, at: Int(next.fileOffset.rawValue))
    slot.withLock { $0 = next }
    return !dirty.exchange(true, ordering: .acquiringAndReleasing)
  }

  /// Zeroes a slot that is not valid, so that nothing of it remains behind the fields that are written next.
  func eraseSlot(_ index: Int) throws(StorageError) {
    try file.write(
      [UInt8](repeating: 0, count: HeadSlot.byteCount), at: index * HeadSlot.byteCount)
  }

  /// Whether HEAD was written since it was synced.
  var isDirty: Bool { dirty.load(ordering: .acquiring) }

  /// fdatasync of HEAD, if it was written since the last one.
  func synchronize() throws(StorageError) {
    guard dirty.exchange(false, ordering: .acquiringAndReleasing) else { return }
    try file.synchronizeData()
  }
}
