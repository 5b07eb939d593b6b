internal import IntaglioFormat
internal import IntaglioStorage
internal import Synchronization
internal import SystemPackage

/// How the bytes of segments are reached.
package enum ReadAccess: Sendable {
  /// Mapped: without copies. A file cut short by a stranger ends the process by SIGBUS.
  case mapped
  /// Copied with pread: slower, and safe whatever happens to the file.
  case copied
}

/// A segment file as its readers share it; opened when it is first needed.
@safe final class Segment: Sendable {
  let firstSequence: SequenceNumber
  let directory: Directory
  let logID: LogID
  let access: ReadAccess
  // Retained by this object from the moment it is stored; stored once. `AtomicLazyReference` would do, but its `load` costs
  // as much as reading a record.
  private let opened = unsafe Atomic<Unmanaged<OpenSegment>?>(nil)

  /// A segment of which only the name is known.
  init(_ firstSequence: SequenceNumber, in directory: Directory, logID: LogID, access: ReadAccess) {
    self.firstSequence = firstSequence
    self.directory = directory
    self.logID = logID
    self.access = access
  }

  /// A segment that is open already.
  init(_ open: OpenSegment, in directory: Directory, access: ReadAccess) {
    firstSequence = open.header.firstSequence
    self.directory = directory
    self.logID = open.header.logID
    self.access = access
    unsafe opened.store(.passRetained(open), ordering: .releasing)
  }

  deinit { unsafe opened.load(ordering: .acquiring)?.release() }

  /// The segment's file and index; opens them at the first call.
  ///
  /// - Parameter count: how many records the segment has, if it is sealed; nil if that is not known.
  func open(count: Int?) throws(LogError) -> OpenSegment {
    if let open = unsafe opened.load(ordering: .acquiring) {
      return unsafe open.takeUnretainedValue()
    }
    return store(try OpenSegment.sealed(self, count: count))
  }

  /// Keeps `open`, or what another thread has stored before.
  private func store(_ open: OpenSegment) -> OpenSegment {
    let mine = unsafe Unmanaged.passRetained(open)
    let (isStored, earlier) = unsafe opened.compareExchange(
      expected: nil, desired: mine, ordering: .acquiringAndReleasing)
    guard !isStored, let earlier = unsafe earlier else { return open }
    unsafe mine.release()
    return unsafe earlier.takeUnretainedValue()
  }

  /// Whether the segment is open, for reports.
  var isOpen: Bool { unsafe opened.load(ordering: .acquiring) != nil }

  var path: FilePath { directory.path(of: FileName.segment(firstSequence)) }
}

/// A segment file that is open for reading, with its index.
final class OpenSegment: Sendable {
  let header: SegmentHeader
  // Those of the header, asked for with each record.
  let context: UInt64
  let nonce: UInt64
  let path: FilePath
  let index: any SegmentIndex
  /// The whole file, unless it is to be copied.
  let mapping: Mapping?
  private let file: File?

  init(
    header: SegmentHeader, path: FilePath, index: any SegmentIndex, mapping: Mapping
  ) {
    self.header = header
    context = header.logID.context
    nonce = header.nonce
    self.path = path
    self.index = index
    self.mapping = mapping
    file = nil
  }

  init(
    header: SegmentHeader, path: FilePath, index: any SegmentIndex, file: consuming File
  ) {
    self.header = header
    context = header.logID.context
    nonce = header.nonce
    self.path = path
    self.index = index
    mapping = nil
    self.file = .some(file)
  }

  /// The same file with another index.
  func with(_ index: any SegmentIndex) -> OpenSegment? {
    mapping.map { OpenSegment(header: header, path: path, index: index, mapping: $0) }
  }

  /// Where the frame of record `ordinal` of the segment begins, as the index says.
  func offset(of ordinal: Int) throws(LogError) -> Int {
    if let offset = index.offset(of: ordinal) { return offset }
    let sequence = header.firstSequence.advanced(by: UInt64(ordinal))
    throw LogError(
      .damaged, "record \(sequence) is not where it should be in \(path); run `intaglio verify`",
      verdict: .corrupt)
  }

  /// The bytes of the file in `range`, or fewer where the file ends.
  func bytes(_ range: Range<Int>) throws(LogError) -> SegmentBytes {
    if let mapping {
      let end = min(range.upperBound, mapping.byteCount)
      return .mapped(MappedBytes(mapping, min(range.lowerBound, end)..<end))
    }
    return .owned(
      try storing { () throws(StorageError) in
        try file!.read(byteCount: range.count, at: range.lowerBound)
      })
  }
}

/// Bytes of a segment: borrowed from its mapping, or a copy.
enum SegmentBytes: Sendable {
  case mapped(MappedBytes)
  case owned([UInt8])

  var span: RawSpan {
    @_lifetime(borrow self)
    get {
      switch self {
      case .mapped(let bytes): return extend(bytes.span)
      case .owned(let bytes): return extend(bytes.rawSpan)
      }
    }
  }

  // The span is of memory that `self` keeps alive, as `MappedBytes` and arrays promise.
  @_lifetime(borrow self)
  private func extend(_ span: RawSpan) -> RawSpan {
    unsafe _overrideLifetime(span, borrowing: self)
  }
}
