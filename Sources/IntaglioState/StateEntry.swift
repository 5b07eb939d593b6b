public import IntaglioFormat

/// What a state holds under a key: which value, and which record set it.
public struct StateEntry: Hashable, Sendable {
  /// The key.
  public let key: StateKey
  /// The length of the value, at most 16 MiB.
  public let valueByteCount: Int
  /// The digest of the value and the space's salt: see `StateSalt`.
  public let valueID: Digest
  /// The record that set the value.
  ///
  /// Where the value is does not count for what it is: states that differ only here are equal.
  public let sequence: SequenceNumber

  /// - Precondition: the byte count is within the limit, and the sequence is below 2^63.
  package init(key: StateKey, valueByteCount: Int, valueID: Digest, sequence: SequenceNumber) {
    precondition((0...Limits.stateValueByteCount).contains(valueByteCount), "the caller checks it")
    precondition(sequence.rawValue < Place.relativeFlag, "no log has so many records")
    self.key = key
    self.valueByteCount = valueByteCount
    self.valueID = valueID
    self.sequence = sequence
  }

  /// Whether both have the same value under the same key, wherever it lies.
  package func hasValue(of other: StateEntry) -> Bool {
    key == other.key && valueByteCount == other.valueByteCount && valueID == other.valueID
  }
}

/// One change of a state.
package enum StateChange: Hashable, Sendable {
  case set(StateEntry)
  case remove(StateKey)

  package var key: StateKey {
    switch self {
    case .set(let entry): entry.key
    case .remove(let key): key
    }
  }
}

/// What two states have under a key where they differ.
public struct StateDifference: Hashable, Sendable {
  /// The key.
  public let key: StateKey
  /// What the first state has, or nil if nothing.
  public let old: StateEntry?
  /// What the second state has, or nil if nothing.
  public let new: StateEntry?

  package init(key: StateKey, old: StateEntry?, new: StateEntry?) {
    self.key = key
    self.old = old
    self.new = new
  }
}
