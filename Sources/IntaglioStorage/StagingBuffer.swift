internal import Synchronization

/// Memory in which frames are built before they are written: filled by many threads at once, each in a range of its own that
/// the writer's lock gave it, then written by one.
///
/// It belongs to the process, or is a range of a file that is mapped: then what is filled in survives the end of the
/// process at once, without a system call. Before the frames such a range has a header.
@safe package final class StagingBuffer: Sendable {
  package let byteCount: Int
  private let headerByteCount: Int
  // Sound to share: ranges are disjoint, `bytes` is read only after `waitUntilFilled`, and the header is written under the
  // writer's lock.
  nonisolated(unsafe) private let region: UnsafeMutableRawBufferPointer
  /// Who unmaps the region; nil where it belongs to the process.
  private let system: (any FileSystem)?
  private let pendingFillCount = Atomic<Int>(0)

  package init(byteCount: Int) {
    self.byteCount = byteCount
    headerByteCount = 0
    system = nil
    unsafe region = .allocate(byteCount: byteCount, alignment: 4096)
  }

  /// A buffer that is mapped at `address`: the header, then the frames.
  init(
    address: UnsafeMutableRawPointer, headerByteCount: Int, byteCount: Int,
    system: any FileSystem
  ) {
    self.byteCount = byteCount
    self.headerByteCount = headerByteCount
    self.system = system
    unsafe region = UnsafeMutableRawBufferPointer(
      start: address, count: headerByteCount + byteCount)
  }

  deinit {
    if let system {
      unsafe system.unmap(UnsafeRawPointer(region.baseAddress!), byteCount: region.count)
    } else {
      unsafe region.deallocate()
    }
  }

  /// Whether what is filled in survives the end of the process.
  package var survivesProcess: Bool { system != nil }

  /// Writes the beginning of the header; nothing where there is none.
  ///
  /// Called under the writer's lock, before anything is reserved for what the header speaks of.
  package func writeHeader(_ bytes: RawSpan) {
    guard system != nil else { return }
    precondition(bytes.byteCount <= headerByteCount)
    unsafe bytes.withUnsafeBytes { unsafe region.copyMemory(from: $0) }
  }

  /// Announces a `fill`; called under the writer's lock, so that the buffer is not handed on before it is filled.
  package func reserve() { pendingFillCount.add(1, ordering: .relaxed) }

  /// Lets `body` write a reserved range.
  package func fill(_ range: Range<Int>, _ body: (inout MutableRawSpan) -> Void) {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
    let range = headerByteCount + range.lowerBound..<headerByteCount + range.upperBound
    var span = unsafe MutableRawSpan(
      _unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: region[range]))
    body(&span)
    pendingFillCount.subtract(1, ordering: .releasing)
  }

  /// Whether every reserved range is filled; under the writer's lock it stays so until the next `reserve`.
  package var isFilled: Bool { pendingFillCount.load(ordering: .acquiring) == 0 }

  /// Waits until every reserved range is filled: a copy in memory by a running thread.
  package func waitUntilFilled() {
    while !isFilled { BackgroundThread.yield() }
  }

  /// The bytes without the header, after `waitUntilFilled`.
  package var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let span = unsafe RawSpan(
        _unsafeBytes: UnsafeRawBufferPointer(rebasing: region[headerByteCount...]))
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }
}
