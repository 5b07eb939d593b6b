import IntaglioFormat
import IntaglioState
import Synchronization

/// The records of a log in memory, some of which are nodes; it notes which ones are read.
final class MemoryStore: NodeStore {
  private struct Contents {
    var records: [[UInt8]] = []
    var reads: [SequenceNumber] = []
  }

  private let contents = Mutex(Contents())

  /// - Parameter first: how many other records come before the nodes.
  init(first: Int = 0, _ payloads: [[UInt8]] = []) {
    contents.withLock { $0.records = Array(repeating: [], count: first) + payloads }
  }

  var count: Int { contents.withLock { $0.records.count } }
  var byteCount: Int { contents.withLock { $0.records.reduce(0) { $0 + $1.count } } }
  var records: [[UInt8]] { contents.withLock(\.records) }

  func payload(at sequence: SequenceNumber) -> [UInt8] {
    contents.withLock { $0.records[Int(sequence.rawValue)] }
  }

  func replace(_ sequence: SequenceNumber, with payload: [UInt8]) {
    contents.withLock { $0.records[Int(sequence.rawValue)] = payload }
  }

  /// Appends the nodes of an update, after records of other kinds, and gives its root.
  func append(_ update: StateUpdate, after others: Int = 0) -> StateRoot {
    contents.withLock {
      $0.records.append(contentsOf: Array(repeating: [], count: others))
      let first = SequenceNumber(UInt64($0.records.count))
      $0.records.append(contentsOf: update.nodes)
      return update.root(appendedAt: first)
    }
  }

  /// The reads since the last call.
  func takeReads() -> [SequenceNumber] {
    contents.withLock { contents in
      defer { contents.reads = [] }
      return contents.reads
    }
  }

  func withNode<R>(
    at sequence: SequenceNumber, _ body: (RawSpan) throws(StateError) -> R
  ) throws(StateError) -> R {
    let payload: [UInt8]? = contents.withLock {
      $0.reads.append(sequence)
      return sequence.rawValue < UInt64($0.records.count)
        ? $0.records[Int(sequence.rawValue)] : nil
    }
    guard let payload else { throw .damaged(sequence, "there is no such record") }
    return try body(payload.rawSpan)
  }
}
