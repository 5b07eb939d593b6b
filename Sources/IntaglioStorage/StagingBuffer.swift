internal import Synchronization

/// Memory in which frames are built before they are written: filled by many threads at once, each in a range of its own that
/// the writer's lock gave it, then written by one.
@safe package final class StagingBuffer: Sendable {
  package let byteCount: Int
  // Sound to share: ranges are disjoint, and `bytes` is read only after `waitUntilFilled`.
  nonisolated(unsafe) private let memory: UnsafeMutableRawBufferPointer
  private let pendingFillCount = Atomic<Int>(0)

  package init(byteCount: Int) {
    self.byteCount = byteCount
    unsafe memory = .allocate(byteCount: byteCount, alignment: 4096)
  }

  deinit { unsafe memory.deallocate() }

  /// Announces a `fill`; called under the writer's lock, so that the buffer is not handed on before it is filled.
  package func reserve() { pendingFillCount.add(1, ordering: .relaxed) }

  /// Lets `body` write a reserved range.
  package func fill(_ range: Range<Int>, _ body: (inout MutableRawSpan) -> Void) {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
    var span = unsafe MutableRawSpan(
      _unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: memory[range]))
    body(&span)
    pendingFillCount.subtract(1, ordering: .releasing)
  }

  /// Waits until every reserved range is filled: a copy in memory by a running thread.
  package func waitUntilFilled() {
    while pendingFillCount.load(ordering: .acquiring) > 0 { BackgroundThread.yield() }
  }

  /// The bytes, after `waitUntilFilled`.
  package var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let span = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(memory))
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }
}
