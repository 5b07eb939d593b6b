package import IntaglioFormat

/// Where the nodes of states lie: the records of a log, or something that stands for them.
package protocol NodeStore: Sendable {
  /// Calls `body` with the payload of the record at `sequence`.
  ///
  /// What the payload holds is checked by the caller, down to its id; the store need only find it.
  ///
  /// - Throws: what `body` throws; `damaged` if there is no such record; `store` around an error of its own.
  func withNode<R>(
    at sequence: SequenceNumber, _ body: (RawSpan) throws(StateError) -> R
  ) throws(StateError) -> R
}

/// New nodes that no record holds yet, laid over a store under sequences that no log reaches.
///
/// For looking at a state before it is appended. Nodes that changes to such a state give may name these sequences:
/// they are for another such view, never for the log.
package struct PendingNodes: NodeStore {
  private let payloads: [[UInt8]]
  private let first: SequenceNumber
  private let base: any NodeStore

  /// - Parameters:
  ///   - payloads: consecutive nodes, as an update or a builder gives them.
  ///   - first: what stands for the first one's record.
  package init(
    _ payloads: [[UInt8]], at first: SequenceNumber = SequenceNumber(1 << 62),
    over base: any NodeStore
  ) {
    self.payloads = payloads
    self.first = first
    self.base = base
  }

  /// Laid over a base: the state that `update` leads to, and the store to read it from.
  package static func preview(
    _ update: StateUpdate, over base: any NodeStore
  ) -> (root: StateRoot, store: PendingNodes) {
    let store = PendingNodes(update.nodes, over: base)
    return (update.root(appendedAt: store.first), store)
  }

  package func withNode<R>(
    at sequence: SequenceNumber, _ body: (RawSpan) throws(StateError) -> R
  ) throws(StateError) -> R {
    guard sequence >= first, sequence.rawValue - first.rawValue < UInt64(payloads.count) else {
      return try base.withNode(at: sequence, body)
    }
    let payload = payloads[Int(sequence.rawValue - first.rawValue)]
    return try body(payload.rawSpan)
  }
}
