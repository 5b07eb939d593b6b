public import IntaglioFormat

/// A state by its root: what it is, and where its tree lies.
public struct StateRoot: Hashable, Sendable {
  /// The id of the root node; equal states of a space have equal ones.
  public let id: Digest
  /// The record that holds the root node; without meaning for the empty state, which has none.
  public let sequence: SequenceNumber

  /// The root with that id, held by the record at `sequence`.
  public init(id: Digest, sequence: SequenceNumber) {
    self.id = id
    self.sequence = sequence
  }

  /// The state without entries: the id is that of a leaf without items, and no record holds it.
  public static let empty = StateRoot(id: nodeID(of: encodedIdentity(level: 0, [])), sequence: 0)

  /// Whether the state has no entries.
  public var isEmpty: Bool { id == StateRoot.empty.id }
}
