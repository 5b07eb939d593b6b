import CHash
import Intaglio
import IntaglioVerifier
import SystemPackage

/// Intaglio through its public interface, as a user would call it.
struct IntaglioContender: Contender {
  var name: String { "Intaglio" }
  var version: String { "format 1, hash \(String(cString: chash_description()))" }
  var modes: Set<Mode> { Set(Mode.allCases) }
  var abilities: Abilities { .all }

  func open(_ directory: String, _ options: StoreOptions) throws -> any Store {
    options.isFollower
      ? try IntaglioFollower(directory) : try IntaglioStore(directory, options)
  }
}

final class IntaglioStore: Store, @unchecked Sendable {  // One thread appends batches; see `Store`.
  private let log: Log
  private let options: StoreOptions
  private let streams: [LogStream]
  private var batch: Batch
  private var last: Receipt?
  private var view: Snapshot
  private var base: UInt64?

  init(_ directory: String, _ options: StoreOptions) throws {
    self.options = options
    var settings = LogOptions()
    settings.durability = options.mode.isSynced ? .synced : .written
    settings.compression = options.compresses ? .lz4(minimumByteCount: 256) : .none
    log = try Log.open(
      at: FilePath(directory).appending("log"), creatingIfMissing: true, options: settings)
    streams = try (0..<options.streamCount).map { [log] in try log.stream(named: "run-\($0)") }
    batch = log.batch()
    view = log.snapshot()
  }

  func append(_ payload: UnsafeRawBufferPointer, stream: Int) throws {
    let receipt = try log.append(payload.bytes, to: streams[stream])
    // Only here: with many threads, nothing but the log is shared.
    if options.mode == .buffered { last = receipt } else { try receipt.wait() }
  }

  func append(
    batchOf count: Int, _ payload: (Int) -> UnsafeRawBufferPointer, stream: (Int) -> Int
  ) throws {
    // A variable, as programs have it: each access of a class's property is checked while the program runs.
    var filling = Batch()
    swap(&filling, &batch)
    defer { swap(&filling, &batch) }
    filling.removeAll()
    for index in 0..<count { try filling.append(payload(index).bytes, to: streams[stream(index)]) }
    let receipt = try log.append(filling)
    if options.mode == .syncedPipelined { last = receipt } else { try receipt.wait() }
  }

  func settle() throws { try last?.wait() }

  func count() throws -> Int {
    try refresh()
    return Int(view.count - (try firstEvent()))
  }

  func refresh() throws { view = log.snapshot() }

  func read(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let record = try view.record(at: SequenceNumber(try firstEvent() + UInt64(index)))
    try record.payload.withUnsafeBytes(body)
  }

  func scan() throws -> Int {
    try refresh()
    var count = 0
    var sum: UInt64 = 0
    try view.records.forEach { record in
      guard record.kind == .event else { return }
      sum &+= record.payload.withUnsafeBytes { $0.sum }
      count += 1
    }
    keep(sum)
    return count
  }

  func readStream(_ stream: Int) throws -> Int {
    var count = 0
    var sum: UInt64 = 0
    for result in view.records(of: streams[stream].number) {
      let record = try result.get()
      guard record.kind == .event else { continue }
      sum &+= record.payload.withUnsafeBytes { $0.sum }
      count += 1
    }
    keep(sum)
    return count
  }

  /// By the offline verifier, which also checks every frame, file and head.
  func verify(threadCount: Int) throws {
    var verifier = Verifier()
    verifier.threadCount = threadCount
    let report = try verifier.verify(log.path)
    guard report.isFaultless else { throw ContenderError("the log does not verify") }
  }

  func close() throws { try log.close() }

  private func firstEvent() throws -> UInt64 {
    if base == nil { base = try view.firstEvent() }
    return base ?? view.count
  }
}
