internal import IntaglioFormat

/// Reads nodes and holds them against what named them.
///
/// What it gives is as the root's id says, down to the node, wherever the bytes came from. Every key lies in one
/// subtree only, so a root has one answer about it.
struct NodeReader {
  private let store: any NodeStore
  private let cache: NodeCache?

  init(_ store: any NodeStore, cache: NodeCache? = nil) {
    self.store = store
    self.cache = cache
  }

  /// - Precondition: the root is not empty.
  func root(_ root: StateRoot) throws(StateError) -> Node {
    let node = try node(root.id, at: root.sequence)
    guard node.level == 0 || node.count > 1 else {
      throw .damaged(root.sequence, "a root with one child")
    }
    return node
  }

  func child(of parent: Node, at index: Int) throws(StateError) -> Node {
    var node = try node(parent.id(at: index), at: parent.place(at: index))
    node.upperBound = parent.upperBound(at: index)
    if let what = node.defect(asChildOf: parent, at: index) {
      throw .damaged(node.sequence, what)
    }
    return node
  }

  /// The node with that id, wherever it belongs.
  func node(_ id: Digest, at sequence: SequenceNumber) throws(StateError) -> Node {
    if let node = cache?[sequence], node.id == id { return node }
    let node = try store.withNode(at: sequence) { payload throws(StateError) in
      do throws(FormatError) { return try Node(decoding: payload, at: sequence) } catch {
        throw .damaged(sequence, "\(error)")
      }
    }
    guard node.id == id else { throw .damaged(sequence, "its id is \(node.id), not \(id)") }
    cache?[sequence] = node
    return node
  }
}

extension Node {
  /// What all keys of the child are below; nil if there is nothing to the right.
  func upperBound(at index: Int) -> StateKey? {
    index + 1 < count ? key(at: index + 1) : upperBound
  }

  /// What is wrong with a node, whose upper bound is set, as the child that `parent` names.
  func defect(asChildOf parent: Node, at index: Int) -> String? {
    if level != parent.level - 1 { return "level \(level) below level \(parent.level)" }
    if entryCount != parent.measure(at: index) {
      return "\(entryCount) entries, not \(parent.measure(at: index))"
    }
    if key(at: 0) != parent.key(at: index) { return "its lowest key is not that in its parent" }
    if let upperBound, key(at: count - 1) >= upperBound {
      return "its highest key is not below that of the next node"
    }
    return nil
  }
}

/// Nodes that were read before, for work that comes back to them.
final class NodeCache {
  private var nodes: [SequenceNumber: Node] = [:]

  subscript(sequence: SequenceNumber) -> Node? {
    get { nodes[sequence] }
    set { nodes[sequence] = newValue }
  }
}
