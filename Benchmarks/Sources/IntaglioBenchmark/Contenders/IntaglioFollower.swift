import Intaglio
import SystemPackage

/// Intaglio read in another process than the one that writes.
final class IntaglioFollower: Store, @unchecked Sendable {  // Used by one thread.
  let reader: LogReader
  private var view: Snapshot
  private var base: UInt64?

  init(_ directory: String) throws {
    reader = try LogReader.open(at: FilePath(directory).appending("log"))
    view = try reader.snapshot()
  }

  func append(_ payload: UnsafeRawBufferPointer, stream: Int) throws {
    throw ContenderError("a follower only reads")
  }

  func refresh() throws { view = try reader.snapshot() }

  func count() throws -> Int {
    try refresh()
    if base == nil { base = try view.firstEvent() }
    return base.map { Int(view.count - $0) } ?? 0
  }

  func read(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let record = try view.record(at: SequenceNumber((base ?? 0) + UInt64(index)))
    try record.payload.withUnsafeBytes(body)
  }

  func close() throws {}
}

extension Snapshot {
  /// The log's own records come first; a user's records follow each other after them.
  func firstEvent() throws -> UInt64? {
    for sequence in 0..<count
    where try record(at: SequenceNumber(sequence)).kind == .event { return sequence }
    return nil
  }
}
