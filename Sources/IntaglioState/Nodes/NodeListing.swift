package import IntaglioFormat

/// What the payload of one node says, for people who look at a record: nothing that it names is read.
package struct NodeListing: Sendable {
  /// One line of a node.
  package enum Line: Sendable {
    case entry(StateEntry)
    /// The child node that has the keys from `first` on.
    case subtree(first: StateKey, entryCount: UInt64, node: SequenceNumber)
  }

  /// Levels above the leaves.
  package let level: Int
  /// Entries in the subtree.
  package let entryCount: UInt64
  /// In the order of the keys.
  package let lines: [Line]

  /// What the record `sequence` with this payload says; nil if that is not a node.
  package init?(decoding payload: RawSpan, at sequence: SequenceNumber) {
    guard let node = try? Node(decoding: payload, at: sequence) else { return nil }
    level = node.level
    entryCount = node.entryCount
    lines = (0..<node.count).map { index in
      node.level == 0
        ? .entry(node.item(at: index).entry)
        : .subtree(
          first: node.key(at: index), entryCount: node.measure(at: index),
          node: node.place(at: index))
    }
  }
}
