public import IntaglioFormat

/// Shows what a state has under a key, to those who have nothing but the id of its root.
///
/// It consists of the identity parts of the nodes from the root to where the key is, or would be. A proof can say one
/// thing only about a key under a root: whoever made the state cannot prove both that a key is there and that it is
/// not.
///
/// Size: one node of each level, of about 4 KiB, 6,152 bytes at most.
public struct StateProof: Hashable, Sendable {
  /// The identity parts, from the root downwards.
  let identities: [[UInt8]]

  init(identities: [[UInt8]]) { self.identities = identities }

  /// What a proof says of a key.
  public enum Statement: Hashable, Sendable {
    /// The state has that value: its id (see `StateSalt`), and its byte count.
    case present(valueID: Digest, valueByteCount: Int)
    /// The state has nothing under the key.
    case absent
  }

  /// What the state with the root id `rootID` has under `key`; needs no store.
  ///
  /// Cost: one hash of each node.
  ///
  /// - Throws: if the proof does not hold: it is of another root or another key, or was altered.
  public func check(
    _ key: StateKey, under rootID: Digest
  ) throws(StateProofError) -> Statement {
    var check = ProofCheck(key: key, rootID: rootID)
    for (index, identity) in identities.enumerated() {
      do throws(FormatError) {
        try check.take(identity.rawSpan)
      } catch {
        throw StateProofError("node \(index) of the proof: \(error)")
      }
    }
    guard let statement = check.statement else {
      throw StateProofError("the proof ends before it comes to the key")
    }
    return statement
  }
}

/// Why a proof does not hold, or cannot be read.
public struct StateProofError: Error, Hashable, Sendable {
  /// What was expected, on one line.
  public let message: String

  init(_ message: String) { self.message = message }
}

extension StateProofError: CustomStringConvertible {
  /// The message.
  public var description: String { message }
}

extension StateTree {
  /// The proof of what the state has under `key`, or that it has nothing.
  ///
  /// Cost: that of a lookup.
  package func proof(of key: StateKey) throws(StateError) -> StateProof {
    guard !root.isEmpty else {
      return StateProof(identities: [encodedIdentity(level: 0, [])])
    }
    var node = try reader.root(root)
    var identities = [node.identity.array]
    while node.level > 0, let index = node.index(above: key) {
      node = try reader.child(of: node, at: index)
      identities.append(node.identity.array)
    }
    return StateProof(identities: identities)
  }
}

/// Follows a proof from the root downwards.
private struct ProofCheck {
  let key: StateKey
  let rootID: Digest
  /// The node that was taken last, and the child that has to come next.
  private var parent: (node: Node, index: Int)?
  private(set) var statement: StateProof.Statement?

  init(key: StateKey, rootID: Digest) {
    self.key = key
    self.rootID = rootID
  }

  mutating func take(_ identity: RawSpan) throws(FormatError) {
    guard statement == nil else { throw .invalid("it follows where the proof has come to the key") }
    var node = try Node(identity: identity)
    if let (parent, index) = parent {
      guard node.id == parent.id(at: index) else { throw .invalid("it is not the child named") }
      node.upperBound = parent.upperBound(at: index)
      if let defect = node.defect(asChildOf: parent, at: index) { throw .invalid(defect) }
    } else {
      guard node.id == rootID else { throw .invalid("it is not the root asked for") }
      guard node.level == 0 || node.count > 1 else { throw .invalid("a root with one child") }
    }
    if node.level > 0, let index = node.index(above: key) {
      parent = (node, index)
    } else if node.level == 0, let index = node.index(of: key) {
      statement = .present(
        valueID: node.id(at: index), valueByteCount: Int(node.measure(at: index)))
    } else {
      statement = .absent
    }
  }
}

extension Node {
  /// The child that has `key` if any has; nil if all keys of the subtree are above it.
  fileprivate func index(above key: StateKey) -> Int? {
    let count = count(upTo: key)
    return count == 0 ? nil : count - 1
  }
}
