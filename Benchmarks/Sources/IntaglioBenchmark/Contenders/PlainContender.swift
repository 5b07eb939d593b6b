import CPlain
import Synchronization

/// The physical limit: plain C, `pwrite` and `fdatasync`, one file.
struct PlainContender: Contender {
  enum Form: Sendable {
    /// The same hashing and frames as Intaglio.
    case twoStep
    /// The usual hashing: previous value and payload together.
    case oneLane

    var chain: plain_chain { self == .twoStep ? PLAIN_TWO_STEP : PLAIN_ONE_LANE }
  }
  let form: Form

  var name: String { form == .twoStep ? "plain C" : "plain C one-lane" }
  var version: String { "pwrite, fdatasync; synced modes into space zeroed ahead" }
  var modes: Set<Mode> { Set(Mode.allCases) }
  var abilities: Abilities { [.threads, .pointReads, .scans] }

  func open(_ directory: String, _ options: StoreOptions) throws -> any Store {
    PlainStore(directory + "/plain", form.chain, options)
  }
}

final class PlainStore: Store, @unchecked Sendable {  // The C writer locks in its pipelined mode.
  private let path: String
  private let chain: plain_chain
  private let mode: Mode
  private let isPipelined: Bool
  private var log: OpaquePointer?
  private var reader: OpaquePointer?
  private var appended: UInt64 = 0

  init(_ path: String, _ chain: plain_chain, _ options: StoreOptions) {
    self.path = path
    self.chain = chain
    mode = options.mode
    // Many waiting threads share syncs, which takes the committing thread.
    isPipelined = mode == .syncedPipelined || (mode == .synced && options.threadCount > 1)
    let plainMode =
      isPipelined
      ? PLAIN_PIPELINED
      : mode == .buffered ? PLAIN_BUFFERED : mode.isSynced ? PLAIN_SYNCED : PLAIN_WRITTEN
    log = plain_create(path, chain, plainMode, mode.isSynced ? options.expectedByteCount : 0)
  }

  func append(_ payload: UnsafeRawBufferPointer, stream: Int) throws {
    let count = plain_append(log, payload.baseAddress, payload.count)
    if isPipelined {
      plain_wait(log, count)
    } else if mode != .buffered {
      plain_commit(log)
    }
  }

  func append(
    batchOf count: Int, _ payload: (Int) -> UnsafeRawBufferPointer, stream: (Int) -> Int
  ) throws {
    for index in 0..<count {
      let payload = payload(index)
      appended = plain_append(log, payload.baseAddress, payload.count)
    }
    plain_commit(log)
  }

  func settle() throws {
    if isPipelined { plain_wait(log, appended) } else { plain_commit(log) }
  }

  func count() throws -> Int { Int(plain_count(opened())) }

  func read(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    var count = 0
    let payload = plain_payload(opened(), UInt64(index), &count)
    try body(UnsafeRawBufferPointer(start: payload, count: count))
  }

  func scan() throws -> Int {
    let reader = opened()
    let count = plain_count(reader)
    var sum: UInt64 = 0
    for index in 0..<count { sum &+= plain_read(reader, index) }
    keep(sum)
    return Int(count)
  }

  func verify(threadCount: Int) throws {
    let count = plain_count(opened())
    let holds = Mutex(true)
    inParallel(threadCount) { thread in
      let first = count * UInt64(thread) / UInt64(threadCount)
      let end = count * UInt64(thread + 1) / UInt64(threadCount)
      if !plain_verify(self.reader, first, end) { holds.withLock { $0 = false } }
    }
    guard holds.withLock({ $0 }) else { throw ContenderError("the plain file does not verify") }
  }

  func close() throws {
    if let log { plain_close(log) }
    if let reader { plain_release(reader) }
    log = nil
    reader = nil
  }

  /// Reading begins with ending what is written.
  private func opened() -> OpaquePointer? {
    if let log {
      plain_close(log)
      self.log = nil
    }
    if reader == nil { reader = plain_open(path, chain) }
    return reader
  }
}
