internal import IntaglioFormat
internal import IntaglioStorage
internal import Synchronization

extension Engine {
  /// Seals the active segment and goes on in the next one.
  ///
  /// The caller has the roles of committing and sealing.
  ///
  /// System calls: those that commit what is staged; fdatasync (segment); pwrite (header of `next`); fdatasync (`next`);
  /// rename; fsync (directory); open and mmap of the new segment; fdatasync (HEAD).
  func rotate(minimumFrameByteCount: Int) throws(LogError) {
    let sealed = writer.withLock { $0.segment }
    do throws(StorageError) {
      while let group = writer.withLock({ $0.takeGroup() }) {
        try write(group, in: sealed)
        groupEvents[Int(group.number % 4)].notifyAll()
      }
      let (count, endOffset) = writer.withLock { ($0.writtenCount, $0.endOffset) }
      try synchronize(sealed, endOffset: endOffset, count: count)
    } catch {
      fail(error)
      throw poisonedError
    }
    let next = try installNextSegment(after: sealed, atLeast: minimumFrameByteCount)
    published.withLock { $0.list = $0.list.appending(next.reading) }
    writer.withLock { writer in
      writer.segment = next
      writer.segmentGroupCount = 0
      writer.group.fileOffset = SegmentHeader.byteCount
      writer.isSealing = false
      writer.isCommitting = false
    }
    announce(nil)
    housekeeping.buildSidecar(of: sealed)
  }

  private func installNextSegment(
    after sealed: ActiveSegment, atLeast minimumFrameByteCount: Int
  ) throws(LogError) -> ActiveSegment {
    let number = sealed.header.number + 1
    let capacity = options.capacity(
      ofSegment: number, atLeast: SegmentHeader.byteCount + minimumFrameByteCount)
    let (count, chain) = writer.withLock { ($0.writtenCount, $0.chain) }
    let header = SegmentHeader(
      logID: manifest.logID, number: number, firstSequence: SequenceNumber(count),
      capacity: capacity, nonce: .random(in: .min ... .max), previousChain: chain)
    var isNamed = false
    do throws(StorageError) {
      try housekeeping.waitForSegment(number: number)
      let isPrepared = housekeeping.takeSegment(capacity: capacity, number: number)
      if !isPrepared {
        try directory.prepareNextSegment(capacity: capacity, writingZeros: writesZerosAhead)
      }
      isNamed = true
      let segment = try directory.installNextSegment(header)
      let last = sealed.index.highestStream
      segment.index.withContents { $0.declaredBefore = last }
      try head.synchronize()
      return segment
    } catch {
      if isNamed {
        fail(error)
        throw poisonedError
      }
      // The log is as it was: what did not fit is not appended, and may be tried again.
      writer.withLock { writer in
        writer.isSealing = false
        writer.isCommitting = false
      }
      announce(nil)
      throw LogError(error)
    }
  }

  private var poisonedError: LogError {
    writer.withLock { $0.failure } ?? closedError
  }
}

extension LogDirectory {
  private static let zeros = [UInt8](repeating: 0, count: 1 << 20)

  /// Makes `segments/next`: `capacity` bytes that are reserved, so that a full disk shows here and never later.
  ///
  /// System calls: unlink, open, posix_fallocate, pwrite of zeros, fdatasync; unlink on failure.
  /// - Parameter writingZeros: whether the blocks are also written, so that a sync of frames does not have to change the
  ///   file's extents: two to three times cheaper for small groups. Not worth it where syncs are rare.
  func prepareNextSegment(capacity: Int, writingZeros: Bool) throws(StorageError) {
    try segments.remove(FileName.nextSegment)
    do throws(StorageError) {
      let file = try segments.open(FileName.nextSegment, .createNew)
      try file.allocate(byteCount: capacity)
      var offset = 0
      while writingZeros, offset < capacity {
        let count = min(Self.zeros.count, capacity - offset)
        try file.write(Self.zeros.rawSpan.extracting(0..<count), at: offset)
        offset += count
      }
      try file.synchronizeData()
    } catch {
      // The file may have been grown in part: nothing of it is to stay on a full disk.
      try? segments.remove(FileName.nextSegment)
      throw error
    }
  }

  /// Gives `segments/next` its header and its name, durably, and opens it for writing and reading.
  func installNextSegment(_ header: SegmentHeader) throws(StorageError) -> ActiveSegment {
    do {
      let next = try segments.open(FileName.nextSegment, .readWrite)
      try next.write(header.encoded, at: 0)
      try next.synchronizeData()
    }
    let name = FileName.segment(header.firstSequence)
    try segments.rename(FileName.nextSegment, to: name)
    try segments.synchronize()
    return try openActiveSegment(header, LiveIndex())
  }

  /// Opens the segment in which the log goes on.
  func openActiveSegment(
    _ header: SegmentHeader, _ index: LiveIndex
  ) throws(StorageError) -> ActiveSegment {
    let name = FileName.segment(header.firstSequence)
    let file = try segments.open(name, .readWrite)
    let mapping = try file.map(byteCount: header.capacity)
    let open = OpenSegment(
      header: header, path: segments.path(of: name), index: index, mapping: mapping)
    let reading = Segment(open, in: segments, access: .mapped)
    return ActiveSegment(header: header, file: file, reading: reading, index: index)
  }
}
