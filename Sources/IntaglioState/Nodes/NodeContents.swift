package import IntaglioFormat

/// What a record with a node says: which node it is, and every place that it names.
///
/// For whoever checks all places of a tree, where reading it would only come by some.
package struct NodeContents: Sendable {
  package let id: Digest
  /// Of a leaf; none of an inner node.
  package let entries: [StateEntry]
  /// Of an inner node, as roots of subtrees; none of a leaf.
  package let children: [StateRoot]

  /// - Throws: `damaged` if the payload of the record at `sequence` is not exactly a node.
  package init(decoding payload: RawSpan, at sequence: SequenceNumber) throws(StateError) {
    let node: Node
    do throws(FormatError) { node = try Node(decoding: payload, at: sequence) } catch {
      throw .damaged(sequence, "\(error)")
    }
    id = node.id
    entries = node.level == 0 ? (0..<node.count).map { node.item(at: $0).entry } : []
    children =
      node.level == 0
      ? [] : (0..<node.count).map { StateRoot(id: node.id(at: $0), sequence: node.place(at: $0)) }
  }
}
