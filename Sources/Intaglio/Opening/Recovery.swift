internal import IntaglioFormat
internal import IntaglioStorage

/// Mends a torn tail, so that each step can be repeated after a crash of its own.
///
/// FileFormat, "Recovery".
struct Recovery {
  let directory: LogDirectory
  let scan: TailScan

  /// Steps 1 to 3; recovery records are appended by the engine once it runs.
  ///
  /// System calls: pwrite, fdatasync, rename, fsync (quarantine); pwrites of zeros, fdatasync (segment); pwrite of what HEAD does
  /// not yet call durable, fdatasync (segments).
  func mend() throws(StorageError) {
    if let residue = scan.residue, let last = scan.segments.last {
      try quarantine(last.mapping.bytes.extracting(residue))
      try zero(residue, of: last)
    }
    try rewrite()
  }

  private func quarantine(_ residue: RawSpan) throws(StorageError) {
    let name = FileName.quarantined(
      at: SequenceNumber(scan.committedCount), digest: SHA256.hash(residue))
    if try directory.quarantine.make() { try directory.root.synchronize() }
    try directory.quarantine.replace(
      name, with: residue, temporarySuffix: FileName.temporarySuffix)
  }

  /// The rest of the file, up to its end, was read and is zero.
  ///
  /// What holds in the residue goes from its end on, frame by frame: whole frames behind zeros would be taken for damage
  /// if this ended midway and the system ran on.
  private func zero(
    _ residue: Range<Int>, of segment: TailScan.ScannedSegment
  ) throws(StorageError) {
    let file = try openForWriting(segment)
    let zeros = [UInt8](repeating: 0, count: min(residue.count, 1 << 20))
    var end = residue.upperBound
    for start in [segment.validEnd] + segment.uncommitted.reversed().map(\.offset) {
      var offset = start
      while offset < end {
        let count = min(zeros.count, end - offset)
        try file.write(zeros.rawSpan.extracting(0..<count), at: offset)
        offset += count
      }
      end = start
    }
    try file.synchronizeData()
  }

  /// After a failed sync the page cache may hold what the disk does not, and call it clean: only writing again and
  /// syncing makes what was read durable.
  private func rewrite() throws(StorageError) {
    guard scan.committedCount > scan.head?.durableCount ?? 0 else { return }
    for segment in scan.segments {
      let isHeadSegment = segment.header.firstSequence == scan.head?.durableSegment
      let start =
        isHeadSegment
        ? Int(clamping: scan.head!.durableOffset.rawValue) : SegmentHeader.byteCount
      guard start < segment.committedEnd else { continue }
      let file = try openForWriting(segment)
      var offset = start
      while offset < segment.committedEnd {
        let end = min(offset + 1 << 20, segment.committedEnd)
        // A copy: writing a file from its own mapping may have to wait for the page that it writes.
        try file.write(segment.mapping.bytes.extracting(offset..<end).array, at: offset)
        offset = end
      }
      try file.synchronizeData()
    }
  }

  private func openForWriting(
    _ segment: TailScan.ScannedSegment
  ) throws(StorageError) -> File {
    try directory.segments.open(FileName.segment(segment.header.firstSequence), .readWrite)
  }
}
