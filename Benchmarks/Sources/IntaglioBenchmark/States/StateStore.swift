/// A map from key to value with copies that one can come back to: what Intaglio calls a state with checkpoints.
///
/// Everything is durable when a method returns. Used by one thread.
protocol StateStore: AnyObject {
  /// Sets keys to other values than they have, as one transaction.
  func set(_ keys: Range<Int>, stride: Int, round: Int) throws
  /// Keeps the state as it is now; the one kept before the last two may be given up.
  func checkpoint() throws
  /// Makes the state current again that was kept before the last one.
  func rollBack() throws
  /// How many keys the last two kept states have differently.
  func countDifferences() throws -> Int
  /// Reads `key` in the state that was kept before the last one.
  func readKept(_ key: Int) throws -> Int
  func close() throws
}

/// A way to keep such a state.
struct StateContender: Sendable {
  let name: String
  let open: @Sendable (_ directory: String, _ corpus: Corpus) throws -> any StateStore

  static let all = [
    StateContender(name: "Intaglio") { try IntaglioStates($0, $1) },
    StateContender(name: "SQLite FULL") { try SQLiteStates($0, $1) },
    StateContender(name: "LMDB") { try LMDBStates($0, $1) },
  ]
}

extension Corpus {
  static let stateValueByteCount = 100

  /// The value that `key` gets in `round`.
  func stateValue(_ key: Int, round: Int) -> UnsafeRawBufferPointer {
    payload(key &* 31 &+ round &* 1009, byteCount: Self.stateValueByteCount)
  }

  static func stateKey(_ key: Int) -> [UInt8] {
    let digits = String(key)
    return Array("key-\(String(repeating: "0", count: 8 - digits.count))\(digits)".utf8)
  }
}
