internal import IntaglioFormat
internal import IntaglioStorage

extension OpenSegment {
  /// Opens a sealed segment: its header, and its sidecar, or where that is no good an index built by a scan.
  static func sealed(_ segment: Segment, count: Int?) throws(LogError) -> OpenSegment {
    let opened = try OpenedFile(segment)
    let sidecar = sidecar(of: segment, opened.header, count: count)
    let index: any SegmentIndex =
      if let sidecar { sidecar } else {
        LiveIndex(try scan(opened.file, opened.header, upTo: count))
      }
    return try wrap(opened, segment, index)
  }

  /// Opens the segment in which a log ends; its index is empty, and grows with `LiveIndex.extend`.
  static func growing(_ segment: Segment, _ index: LiveIndex) throws(LogError) -> OpenSegment {
    try wrap(OpenedFile(segment), segment, index)
  }

  private static func wrap(
    _ opened: consuming OpenedFile, _ segment: Segment, _ index: any SegmentIndex
  ) throws(LogError) -> OpenSegment {
    let header = opened.header
    switch segment.access {
    case .copied:
      return OpenSegment(header: header, path: segment.path, index: index, file: opened.file)
    case .mapped:
      let mapping: Mapping
      do throws(StorageError) { mapping = try opened.file.map(byteCount: header.capacity) } catch {
        throw LogError(error)
      }
      return OpenSegment(header: header, path: segment.path, index: index, mapping: mapping)
    }
  }

  private static func sidecar(
    of segment: Segment, _ header: SegmentHeader, count: Int?
  ) -> SidecarIndex? {
    // Whatever is wrong with a sidecar, the answer is the same: it is disposable, and the scan replaces it.
    guard
      let file = try? segment.directory.open(FileName.sidecar(segment.firstSequence), .readOnly),
      let status = try? file.status(), status.isRegularFile, status.byteCount > 0,
      let mapping = try? file.map(byteCount: status.byteCount)
    else { return nil }
    return SidecarIndex(mapping, .init(header), count: count)
  }

  private static func scan(
    _ file: borrowing File, _ header: SegmentHeader, upTo count: Int?
  ) throws(LogError) -> IndexContents {
    var contents = IndexContents()
    var offset = SegmentHeader.byteCount
    var chunk: [UInt8] = []
    var chunkStart = 0
    let limit = count ?? Int(UInt32.max)
    while contents.count < limit {
      // A frame's header and, for declarations, its small payload have to be in the chunk.
      if offset + 4096 > chunkStart + chunk.count,
        chunkStart + chunk.count < header.capacity || chunk.isEmpty
      {
        chunkStart = offset
        do throws(StorageError) {
          chunk = try file.read(
            byteCount: min(1 << 20, header.capacity - offset), at: offset)
        } catch { throw LogError(error) }
        if chunk.isEmpty { break }
      }
      let position = offset - chunkStart
      guard position + 16 <= chunk.count else { break }
      let parsed =
        position + FrameHeader.byteCount <= chunk.count
          || header.capacity - offset < FrameHeader.byteCount
        ? chunk.rawSpan.parseFrame(
          at: position, available: header.capacity - offset, context: header.logID.context)
        : .end
      switch parsed {
      case .frame(let frame):
        guard frame.sequence.rawValue == header.firstSequence.rawValue + UInt64(contents.count)
        else { return contents }
        if frame.kind != RecordKind.streamDeclared.rawValue
          || position + frame.frameByteCount <= chunk.count
        {
          contents.append(frame, in: chunk.rawSpan, at: position, fileOffset: offset)
        }
        offset += frame.frameByteCount
      case .filler(let byteCount): offset += byteCount
      case .end, .invalid: return contents
      }
    }
    return contents
  }
}

/// A segment's file and its header, which names this segment of this log, and does not lie about the file's size.
private struct OpenedFile: ~Copyable {
  let header: SegmentHeader
  let file: File

  init(_ segment: Segment) throws(LogError) {
    let file = try storing { () throws(StorageError) in
      try File(segment.path, .readOnly, in: segment.directory.system)
    }
    header = try Self.header(of: file, segment)
    self.file = file
  }

  private static func header(
    of file: borrowing File, _ segment: Segment
  ) throws(LogError) -> SegmentHeader {
    let path = segment.path
    let headerBytes: [UInt8]
    let status: FileStatus
    do throws(StorageError) {
      headerBytes = try file.read(byteCount: SegmentHeader.byteCount, at: 0)
      status = try file.status()
    } catch { throw LogError(error) }
    let header: SegmentHeader
    do throws(FormatError) { header = try SegmentHeader(decoding: headerBytes.rawSpan) } catch {
      throw LogError(.damaged, "\(path): \(error); run `intaglio verify`", verdict: .corrupt)
    }
    guard header.logID == segment.logID, header.firstSequence == segment.firstSequence else {
      throw LogError(
        .damaged, "\(path) is the segment of another log or place; run `intaglio verify`",
        verdict: .corrupt)
    }
    guard status.byteCount >= header.capacity else {
      throw LogError(
        .damaged,
        "\(path) has \(status.byteCount) bytes and should have \(header.capacity); run `intaglio verify`",
        verdict: .corrupt)
    }
    return header
  }
}
