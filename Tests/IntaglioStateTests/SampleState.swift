import IntaglioFormat
import IntaglioState
import IntaglioTestSupport

/// A salt like any other.
let salt = StateSalt(bytes: [UInt8](0..<16))!

extension Chunking {
  /// As in logs.
  static let normal = Chunking(salt: salt)
  /// For entries with short keys: deep trees of few of them.
  static let small = Chunking(salt: salt, minimumByteCount: 150, maximumByteCount: 450)
  /// The smallest for the keys of `smallKey`: two or three items in a node.
  static let tiny = Chunking(salt: salt, minimumByteCount: 72, maximumByteCount: 150)
}

extension StateKey {
  init(_ component: String, _ key: String) {
    self.init(component: component, key: Array(key.utf8))!
  }
}

extension StateEntry {
  init(_ key: StateKey, _ value: String, at sequence: SequenceNumber = 1) {
    self.init(
      key: key, valueByteCount: value.utf8.count, valueID: salt.valueID(of: Array(value.utf8)),
      sequence: sequence)
  }
}

/// A state as a plain dictionary, and what follows from it.
struct Model {
  var entries: [StateKey: StateEntry] = [:]

  var sorted: [StateEntry] { entries.values.sorted { $0.key < $1.key } }

  /// Changes it, and notes nothing where a value stays as it was.
  mutating func apply(_ changes: [StateChange]) {
    for change in changes {
      switch change {
      case .set(let entry):
        if entries[entry.key]?.hasValue(of: entry) != true { entries[entry.key] = entry }
      case .remove(let key): entries[key] = nil
      }
    }
  }

  func differences(to other: Model) -> [StateDifference] {
    Set(entries.keys).union(other.entries.keys).sorted().compactMap { key in
      let (old, new) = (entries[key], other.entries[key])
      if let old, let new, old.hasValue(of: new) { return nil }
      return StateDifference(key: key, old: old, new: new)
    }
  }
}

extension StateTree {
  var all: [StateEntry] { get throws { try list(entries()) } }

  /// What an iterator over entries still gives.
  func list(_ entries: StateEntries) throws -> [StateEntry] {
    var entries = entries
    var result: [StateEntry] = []
    while let entry = try entries.next() { result.append(entry) }
    return result
  }

  func listDifferences(to other: StateTree) throws -> [StateDifference] {
    var differences = differences(to: other)
    var result: [StateDifference] = []
    while let difference = try differences.next() { result.append(difference) }
    return result
  }
}
