internal import IntaglioFormat
internal import IntaglioStorage

/// The file `staging`, whose slots are the staging buffers where an acknowledgement does not need a sync: what is filled
/// into them survives the end of the process, and the next opening for writing appends it.
///
/// FileFormat, "Staging". A slot's blocks are given to the file, and written, before it is mapped: a full disk is an error
/// here, and never a signal. Only on file systems that overwrite in place; elsewhere staging buffers are memory.
final class StagingFile: Sendable {
  private let file: File
  private let slotCount = Locked(0)

  private static let zeros = [UInt8](repeating: 0, count: StagingSlot.byteCount)

  /// Makes the file anew; what an earlier process staged has been appended and synced.
  ///
  /// System calls: unlink, open; unlink on failure.
  private init(in directory: Directory) throws(StorageError) {
    try directory.remove(FileName.staging)
    file = try directory.open(FileName.staging, .createNew)
  }

  /// The file with its first slots; nil where it cannot be made, and records are acknowledged when they are written.
  static func make(
    in directory: Directory, slotCount: Int
  ) -> (file: StagingFile, slots: [StagingBuffer])? {
    guard let device = try? directory.status(of: ".")?.device,
      MountTable.overwritesInPlace(device: device)
    else { return nil }
    do throws(StorageError) {
      let file = try StagingFile(in: directory)
      var slots: [StagingBuffer] = []
      while slots.count < slotCount, let slot = try file.makeSlot() { slots.append(slot) }
      return (file, slots)
    } catch {
      // A disk without room for it: nothing of it is to stay there.
      try? directory.remove(FileName.staging)
      return nil
    }
  }

  /// One more slot, or nil if there are as many as may be.
  ///
  /// System calls: posix_fallocate, pwrite of zeros, mmap, madvise.
  func makeSlot() throws(StorageError) -> StagingBuffer? {
    // One at a time: the number is taken once the slot is there.
    try slotCount.withLock { count throws(StorageError) in
      guard count < StagingSlot.limit else { return nil }
      let offset = count * StagingSlot.byteCount
      try file.allocate(byteCount: offset + StagingSlot.byteCount)
      try file.write(Self.zeros, at: offset)
      let slot = try file.mapStagingBuffer(
        at: offset, headerByteCount: StagingSlot.headerByteCount,
        byteCount: StagingSlot.frameByteCount)
      count += 1
      return slot
    }
  }
}
