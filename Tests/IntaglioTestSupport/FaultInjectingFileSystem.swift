package import IntaglioStorage
internal import Synchronization
package import SystemPackage

/// A file system in which one chosen call goes wrong.
///
/// Run a scenario without a plan and look at `callCount(of:)`; then run it anew for each call number up to that. It may
/// lie above a `PowerLossFileSystem`: a crash at a chosen call, and then the power fails.
package final class FaultInjectingFileSystem: FileSystem {
  private let base: any FileSystem
  private let state: Mutex<FaultState>
  private let stalled = EventCount()

  package init(_ base: any FileSystem = SystemFileSystem(), _ plan: FaultPlan? = nil) {
    self.base = base
    state = Mutex(FaultState(plan: plan))
  }

  /// Puts another plan in place; its calls are counted from now on.
  package func arm(_ plan: FaultPlan?) { state.withLock { $0.arm(plan) } }

  /// Ends what is sticky; a crash cannot be healed.
  package func heal() { state.withLock { $0.heal() } }

  /// Lets the calls go on that were stalled, and stalls no more: also not if the planned call has not come yet.
  package func release() {
    state.withLock { $0.release() }
    stalled.notifyAll()
  }

  /// How many calls of these kinds there were, ever.
  package func callCount(of kinds: Set<CallKind> = .mutating) -> Int {
    state.withLock { state in kinds.reduce(0) { $0 + state.counts[$1, default: 0] } }
  }

  /// Whether the planned call has come.
  package var hasStruck: Bool { state.withLock { $0.hasStruck } }

  /// Whether the process counts as stopped.
  package var isCrashed: Bool { state.withLock { $0.isCrashed } }

  /// The newest calls in their order, at least 4,096 if there were as many.
  package var calls: [Call] { state.withLock { $0.log } }

  /// The newest calls, one a line, for the comment of a failed expectation.
  package func report(lineCount: Int = 30) -> String {
    calls.suffix(lineCount).map(\.description).joined(separator: "\n")
  }

  // MARK: FileSystem

  package func open(_ path: FilePath, _ options: OpenOptions) throws(Errno) -> CInt {
    let kind: CallKind =
      switch options {
      case .create, .createNew: .create
      case .readOnly, .readWrite, .directory, .readOnlyUntrusted: .open
      }
    let descriptor = try perform(
      Call(kind: kind, path: path), discard: { try? base.close($0) }
    ) { () throws(Errno) in try base.open(path, options) }
    state.withLock { $0.paths[descriptor] = path }
    return descriptor
  }

  package func close(_ descriptor: CInt) throws(Errno) {
    let action = decide(call(.close, descriptor))
    state.withLock { $0.paths[descriptor] = nil }
    // Whatever is answered, the descriptor must not leak into the next run.
    try base.close(descriptor)
    if case .fail(let error) = action { throw error }
  }

  package func read(
    _ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(Errno) -> Int {
    try perform(
      call(.read, descriptor, offset: offset, byteCount: buffer.count),
      half: { () throws(Errno) in
        let half = unsafe UnsafeMutableRawBufferPointer(
          rebasing: buffer.prefix(halved(buffer.count)))
        return try unsafe base.read(descriptor, into: half, at: offset)
      }
    ) { () throws(Errno) in try unsafe base.read(descriptor, into: buffer, at: offset) }
  }

  package func write(
    _ descriptor: CInt, _ bytes: UnsafeRawBufferPointer, at offset: Int
  ) throws(Errno) -> Int {
    try perform(
      call(.write, descriptor, offset: offset, byteCount: bytes.count),
      half: { () throws(Errno) in
        let half = unsafe UnsafeRawBufferPointer(rebasing: bytes.prefix(halved(bytes.count)))
        return try unsafe base.write(descriptor, half, at: offset)
      }
    ) { () throws(Errno) in try unsafe base.write(descriptor, bytes, at: offset) }
  }

  package func synchronizeData(_ descriptor: CInt) throws(Errno) {
    try perform(call(.synchronizeData, descriptor)) { () throws(Errno) in
      try base.synchronizeData(descriptor)
    }
  }

  package func synchronize(_ descriptor: CInt) throws(Errno) {
    try perform(call(.synchronize, descriptor)) { () throws(Errno) in
      try base.synchronize(descriptor)
    }
  }

  package func allocate(_ descriptor: CInt, byteCount: Int) throws(Errno) {
    try perform(
      call(.allocate, descriptor, byteCount: byteCount),
      half: { () throws(Errno) in
        try base.allocate(descriptor, byteCount: halved(byteCount))
      }
    ) { () throws(Errno) in try base.allocate(descriptor, byteCount: byteCount) }
  }

  package func truncate(_ descriptor: CInt, to byteCount: Int) throws(Errno) {
    try perform(call(.truncate, descriptor, byteCount: byteCount)) { () throws(Errno) in
      try base.truncate(descriptor, to: byteCount)
    }
  }

  package func status(_ descriptor: CInt) throws(Errno) -> FileStatus {
    try perform(call(.examine, descriptor)) { () throws(Errno) in try base.status(descriptor) }
  }

  package func status(_ path: FilePath) throws(Errno) -> FileStatus {
    try perform(Call(kind: .examine, path: path)) { () throws(Errno) in try base.status(path) }
  }

  package func lock(_ descriptor: CInt, exclusive: Bool) throws(Errno) -> Bool {
    try perform(call(.lock, descriptor)) { () throws(Errno) in
      try base.lock(descriptor, exclusive: exclusive)
    }
  }

  package func rename(_ source: FilePath, to destination: FilePath) throws(Errno) {
    try perform(Call(kind: .rename, path: source, newPath: destination)) { () throws(Errno) in
      try base.rename(source, to: destination)
    }
  }

  package func unlink(_ path: FilePath) throws(Errno) {
    try perform(Call(kind: .unlink, path: path)) { () throws(Errno) in try base.unlink(path) }
  }

  package func makeDirectory(_ path: FilePath) throws(Errno) {
    try perform(Call(kind: .makeDirectory, path: path)) { () throws(Errno) in
      try base.makeDirectory(path)
    }
  }

  package func names(inDirectory path: FilePath) throws(Errno) -> [String] {
    try perform(Call(kind: .list, path: path)) { () throws(Errno) in
      try base.names(inDirectory: path)
    }
  }

  package func map(_ descriptor: CInt, byteCount: Int) throws(Errno) -> UnsafeRawPointer {
    try unsafe perform(
      call(.map, descriptor, byteCount: byteCount),
      discard: { unsafe base.unmap($0, byteCount: byteCount) }
    ) { () throws(Errno) in try unsafe base.map(descriptor, byteCount: byteCount) }
  }

  package func mapForWriting(
    _ descriptor: CInt, at offset: Int, byteCount: Int
  ) throws(Errno) -> UnsafeMutableRawPointer {
    try unsafe perform(
      call(.map, descriptor, offset: offset, byteCount: byteCount),
      discard: { unsafe base.unmap(UnsafeRawPointer($0), byteCount: byteCount) }
    ) { () throws(Errno) in
      try unsafe base.mapForWriting(descriptor, at: offset, byteCount: byteCount)
    }
  }

  package func unmap(_ address: UnsafeRawPointer, byteCount: Int) {
    _ = decide(Call(kind: .unmap, path: "", byteCount: byteCount))
    unsafe base.unmap(address, byteCount: byteCount)
  }

  // MARK: Deciding and doing

  private func call(
    _ kind: CallKind, _ descriptor: CInt, offset: Int? = nil, byteCount: Int? = nil
  ) -> Call {
    let path = state.withLock { $0.paths[descriptor] } ?? ""
    return Call(kind: kind, path: path, offset: offset, byteCount: byteCount)
  }

  private func decide(_ call: Call) -> FaultAction { state.withLock { $0.decide(about: call) } }

  /// Does with the call what was decided about it; the lock is not held while the system works.
  private func perform<T>(
    _ call: Call, half: () throws(Errno) -> T? = { nil }, discard: (T) -> Void = { _ in },
    whole: () throws(Errno) -> T
  ) throws(Errno) -> T {
    let ticket = stalled.ticket
    switch decide(call) {
    case .pass: return try whole()
    case .stall:
      stalled.wait(after: ticket)
      return try whole()
    case .fail(let error): throw error
    case .passThenFail(let error):
      discard(try whole())
      throw error
    case .half(let error):
      guard let result = try half() else { throw error ?? .ioError }
      guard let error else { return result }
      discard(result)
      throw error
    }
  }

  private func halved(_ count: Int) -> Int { min(count, max(1, count / 2)) }
}
