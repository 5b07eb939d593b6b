internal import Intaglio
internal import IntaglioFormat
internal import IntaglioState

extension Record {
  /// What a record about a state says in bytes of its own, a line for each key, safe to print; nil for all others.
  var stateLines: [String]? {
    switch kind {
    case .stateChanged: StateChanges(decoding: payload, at: sequence)?.changes.map(\.line)
    case .stateNode: NodeListing(decoding: payload, at: sequence)?.textLines
    default: nil
    }
  }
}

extension StateChange {
  fileprivate var line: String {
    switch self {
    case .set(let entry): "set \(entry.line)"
    case .remove(let key): "removed \(key.path())"
    }
  }
}

extension StateEntry {
  fileprivate var line: String {
    "\(key.path()), \(counted(valueByteCount, "byte")) in record \(sequence)"
  }
}

extension NodeListing {
  fileprivate var textLines: [String] {
    ["level \(level), \(counted(entryCount, "key"))"]
      + lines.map { line in
        switch line {
        case .entry(let entry): entry.line
        case .subtree(let first, let count, let node):
          "from \(first.path()) on, \(counted(count, "key")): node in record \(node)"
        }
      }
  }
}
