package import Intaglio
internal import IntaglioFormat
internal import IntaglioState

/// What remembering and forgetting change of a state: the entry, and its places in the index, in one transaction.
///
/// - An entry is in the component `memory` exactly if its row is in `memory.key`.
/// - A list has an entry's posting exactly if the entry's row names the list.
package enum MemoryChange {
  /// What was under a key before.
  package enum Before: Sendable {
    case nothing
    /// An entry that was erased, or whatever else is not to be read.
    case unreadable
    case entry(MemoryEntry)
  }

  /// Puts `entry` in the place of what was there.
  @discardableResult
  package static func remember(
    _ entry: MemoryEntry, in transaction: inout StateTransaction
  ) throws(LogError) -> Before {
    let before = try forget(entry.key, in: &transaction)
    let row = IndexRow(entry, transaction.before.salt)
    try transaction.set(entry.encoded, MemoryComponent.entries, entry.key)
    try transaction.set(row.value, MemoryComponent.keys, row.key)
    for term in row.terms { try transaction.set([], term.component, term.key(row.posting)) }
    return before
  }

  /// Takes out what is under `key`, with its places in the index.
  @discardableResult
  package static func forget(
    _ key: String, in transaction: inout StateTransaction
  ) throws(LogError) -> Before {
    let before = try self.before(key, transaction)
    let row: IndexRow?
    switch before {
    case .nothing: return before
    case .entry(let entry):
      let rowKey = IndexRow.key(
        Posting(key: Array(key.utf8), time: entry.time, expires: entry.expires))
      row = try transaction.value(MemoryComponent.keys, rowKey).flatMap {
        IndexRow(key: rowKey, value: $0)
      }
    case .unreadable: row = try findRow(key, transaction)
    }
    try transaction.remove(MemoryComponent.entries, key)
    guard let row else { return before }
    try transaction.remove(MemoryComponent.keys, row.key)
    for term in row.terms { try transaction.remove(term.component, term.key(row.posting)) }
    return before
  }

  private static func before(
    _ key: String, _ transaction: StateTransaction
  ) throws(LogError) -> Before {
    do throws(LogError) {
      guard let bytes = try transaction.value(MemoryComponent.entries, key) else {
        return .nothing
      }
      return try MemoryEntry(key: key, decoding: bytes).map { .entry($0) } ?? .unreadable
    } catch {
      if error.code == .erased { return .unreadable }
      throw error
    }
  }

  /// The row of an entry that cannot be read: it is found by its key, and names the lists itself.
  private static func findRow(
    _ key: String, _ transaction: StateTransaction
  ) throws(LogError) -> IndexRow? {
    let state = transaction.before
    for result in try state.entries(in: MemoryComponent.keys, withPrefix: Array(key.utf8) + [0]) {
      let found = try result.get()
      return IndexRow(key: found.key.key, value: try state.value(of: found))
    }
    return nil
  }
}
