internal import IntaglioFormat
internal import IntaglioState

/// A transaction on its way into a batch: what really changes, and the values that no record holds yet.
struct ChangeDraft {
  /// From this size on a value that a record of the space holds already is named and not written again; so is the empty one.
  static let sharedValueByteCount = 4096

  private let before: StateView
  private let known: [Digest: SequenceNumber]
  private var values: [(id: Digest, bytes: [UInt8])] = []
  private var valueIndexes: [Digest: Int] = [:]
  private var changes: [Change] = []
  private var components: Set<String>

  private enum Change {
    case set(StateKey, byteCount: Int, id: Digest, value: ValuePlace)
    case remove(StateKey)
  }

  private enum ValuePlace {
    case stored(SequenceNumber)
    case new(Int)
  }

  /// - Parameter known: records that hold large values, by value id.
  init(_ before: StateView, known: [Digest: SequenceNumber]) {
    self.before = before
    self.known = known
    components = before.state.components
  }

  var isEmpty: Bool { changes.isEmpty }

  /// Sets a key, later in the order than those before; does nothing if it has that value already.
  mutating func set(_ key: StateKey, _ value: [UInt8]) throws(LogError) {
    let id = before.records.space.salt.valueID(of: value)
    if let entry = try before.entry(key), entry.valueID == id, entry.valueByteCount == value.count {
      return
    }
    if components.insert(key.component).inserted, components.count > Limits.componentCount {
      throw LogError(
        .tooLarge,
        "a state space has at most \(Limits.componentCount) components, and \(key.component) would be one more; nothing was changed"
      )
    }
    changes.append(.set(key, byteCount: value.count, id: id, value: place(id, value)))
  }

  private mutating func place(_ id: Digest, _ value: [UInt8]) -> ValuePlace {
    // An empty value has nothing that could be erased for one key and not for another.
    if value.isEmpty || value.count >= Self.sharedValueByteCount {
      if let sequence = known[id] { return .stored(sequence) }
      if let index = valueIndexes[id] { return .new(index) }
      valueIndexes[id] = values.count
    }
    values.append((id, value))
    return .new(values.count - 1)
  }

  /// Removes a key, later in the order than those before; does nothing if it is not there.
  mutating func remove(_ key: StateKey) throws(LogError) {
    guard try before.entry(key) != nil else { return }
    changes.append(.remove(key))
  }

  /// Adds the values and, behind them, the record of the changes.
  func fill(_ batch: inout Batch) throws(LogError) {
    let stream = before.records.space.stream.number
    for (_, bytes) in values {
      try batch.add(bytes.rawSpan, to: stream, kind: .stateValue, salted: true)
    }
    let lines = changes.map { change -> StateChanges.Line in
      switch change {
      case .set(let key, let byteCount, let id, .stored(let sequence)):
        .set(key, valueByteCount: byteCount, valueID: id, .sequence(sequence))
      case .set(let key, let byteCount, let id, .new(let index)):
        .set(
          key, valueByteCount: byteCount, valueID: id, .distance(UInt64(values.count - index)))
      case .remove(let key): .remove(key)
      }
    }
    try batch.add(
      StateChanges.encode(lines).rawSpan, to: stream, kind: .stateChanged, salted: false)
  }

  /// The changes once the batch is ordered from `first` on.
  func changes(from first: SequenceNumber) -> [StateChange] {
    changes.map { change in
      switch change {
      case .set(let key, let byteCount, let id, let place):
        .set(
          StateEntry(
            key: key, valueByteCount: byteCount, valueID: id,
            sequence: sequence(place, from: first)))
      case .remove(let key): .remove(key)
      }
    }
  }

  /// The large values among those written, and their records.
  func largeValues(from first: SequenceNumber) -> [(Digest, SequenceNumber)] {
    valueIndexes.map { ($0, first.advanced(by: UInt64($1))) }
  }

  private func sequence(_ place: ValuePlace, from first: SequenceNumber) -> SequenceNumber {
    switch place {
    case .stored(let sequence): sequence
    case .new(let index): first.advanced(by: UInt64(index))
    }
  }
}

extension StateProspect {
  /// Adds the new nodes and, behind them, the checkpoint's record.
  ///
  /// - Returns: the components that have entries.
  @discardableResult
  func fill(
    _ batch: inout Batch, label: String, isAutomatic: Bool, _ view: StateView
  ) throws(LogError) -> [String] {
    let stream = view.records.space.stream.number
    let nodes = update?.nodes ?? []
    for node in nodes {
      try batch.add(node.rawSpan, to: stream, kind: .stateNode, salted: false)
    }
    let counts = try readingState { () throws(StateError) in try tree.entryCountsByComponent() }
    let place: StatePayload.Place? =
      if root.isEmpty { nil } else if nodes.isEmpty { .sequence(root.sequence) } else {
        .distance(1)
      }
    let payload = StatePayload.checkpoint(
      StatePayload.Checkpoint(
        label: label, isAutomatic: isAutomatic, root: root.id, node: place,
        counts: counts.map { .init(name: $0.component, count: $0.entryCount) },
        nodeCount: nodes.count,
        previous: view.state.checkpoint, version: view.state.version))
    try batch.add(payload.encoded.rawSpan, to: stream, kind: .stateCheckpoint, salted: false)
    return counts.map(\.component)
  }

  /// The root once the nodes are appended, the first of them as record `first`.
  func root(appendedAt first: SequenceNumber) -> StateRoot {
    update.map { $0.root(appendedAt: first) } ?? root
  }
}
