package import IntaglioFormat

/// What changes of a state lead to: its new root, and the nodes that have to be appended for it.
package struct StateUpdate: Sendable {
  /// The payloads of the new nodes, children before parents, the root last.
  ///
  /// They are appended as consecutive records in this order: they name each other by distance. None if the new state is
  /// empty, is the old one, or has a root that is there.
  package let nodes: [[UInt8]]
  /// The id of the new root.
  package let rootID: Digest
  // Of the root, where it is no new node.
  private let storedRoot: SequenceNumber

  package init(nodes: [[UInt8]], rootID: Digest, storedRoot: SequenceNumber = 0) {
    self.nodes = nodes
    self.rootID = rootID
    self.storedRoot = storedRoot
  }

  /// The new root, if the first of the nodes is held by the record at `first`.
  package func root(appendedAt first: SequenceNumber) -> StateRoot {
    let last = UInt64(nodes.count)
    return StateRoot(
      id: rootID, sequence: last == 0 ? storedRoot : first.advanced(by: last - 1))
  }
}
