public import IntaglioFormat
internal import HashTreeCollections
internal import IntaglioState
internal import IntaglioStorage

extension StateSpace {
  /// Changes many keys at once, as one atomic batch: a crash leaves all of it or nothing.
  ///
  /// Transactions of a space run one after the other. Setting a value that is there already, or removing a key that is not,
  /// changes nothing and writes nothing. From time to time a transaction makes an automatic checkpoint, so
  /// that the next opening has little to read.
  /// - Parameters:
  ///   - version: the version that the state must have, if given; else whichever it has.
  ///   - body: gathers the changes; what it throws ends the transaction, and nothing is changed.
  /// - Returns: the receipt of the records appended: wait for it to know the changes durable.
  /// - Throws: `conflict` if the state has another version; `transactionOpen` inside a transaction of this space;
  ///   `invalid`, `tooLarge` and as `Log.append`.
  @discardableResult
  public func transaction(
    ifVersion version: SequenceNumber? = nil,
    _ body: (inout StateTransaction) throws -> Void
  ) throws -> Receipt {
    try engine.checkFork()
    return try core.writing { state in
      try check(version, state)
      let view = StateView(records: records(covering: state.recordCount), state: state)
      var transaction = StateTransaction(before: view)
      try body(&transaction)
      return try commit(transaction)
    }
  }

  private func check(_ version: SequenceNumber?, _ state: CurrentState) throws(LogError) {
    guard let version, version != state.version else { return }
    throw LogError(
      .conflict,
      "the state space \(name) has version \(state.version), not \(version): it was changed meanwhile; read it again, nothing was changed"
    )
  }

  private func commit(_ transaction: StateTransaction) throws(LogError) -> Receipt {
    var state = transaction.before.state
    var draft = ChangeDraft(transaction.before, known: core.largeValues.withLock { $0 })
    for (key, value) in transaction.changes.sorted(by: { $0.key < $1.key }) {
      if let value { try draft.set(key, value) } else { try draft.remove(key) }
    }
    guard !draft.isEmpty else { return try receipt(ofVersion: state, transaction.before.records) }
    var batch = engine.emptyBatch
    try draft.fill(&batch)
    let receipt = try engine.append(batch)
    let first = receipt.sequences.lowerBound
    for change in draft.changes(from: first) { state.apply(change) }
    core.note(largeValues: draft.largeValues(from: first))
    state.version = receipt.sequence
    state.recordCount = receipt.sequences.upperBound.rawValue
    core.current.withLock { $0 = state }
    if state.changes.count >= engine.options.automaticCheckpointChangeCount {
      // The changes are appended: what keeps a checkpoint from being made now does not undo them, and the next transaction
      // tries again.
      _ = try? appendCheckpoint(label: "", isAutomatic: true, state)
    }
    return receipt
  }

  /// What stands for a transaction that changed nothing: the last one that did.
  private func receipt(
    ofVersion state: CurrentState, _ records: StateRecords
  ) throws(LogError) -> Receipt {
    let record = try records.snapshot.record(at: state.version)
    return Receipt(
      sequences: state.version..<state.version.advanced(), chain: record.chain, engine: engine)
  }

  /// Gives the current state a name, so that one can come back to it.
  ///
  /// Writes the nodes that changed since the last checkpoint and one record, as one atomic batch; costs the changes, not
  /// the size of the state. Returns when it is as safe as the log's `Durability` says.
  /// - Parameter label: for people, up to 255 bytes; need not be unique.
  /// - Throws: `transactionOpen` inside a transaction of this space; `invalid` for a label that is too long; as `Log.append`.
  @discardableResult
  public func checkpoint(label: String) throws -> Checkpoint {
    let receipt = try orderCheckpoint(label: label)
    try receipt.wait()
    return try checkpoint(at: receipt.sequence)
  }

  /// Gives the current state a name as `checkpoint(label:)`, and returns once its place in the order is certain.
  ///
  /// - Returns: the receipt whose last record is the checkpoint.
  package func orderCheckpoint(label: String) throws -> Receipt {
    try checkLabel(label)
    try engine.checkFork()
    return try core.writing { state in
      try appendCheckpoint(label: label, isAutomatic: false, state)
    }
  }

  private func checkLabel(_ label: String) throws(LogError) {
    guard label.utf8.count <= Limits.labelByteCount else {
      throw LogError(
        .invalid,
        "a checkpoint's label has at most \(Limits.labelByteCount) bytes, this one has \(label.utf8.count)"
      )
    }
  }

  /// Appends the nodes that are new and the checkpoint; the caller has the role of writing.
  private func appendCheckpoint(
    label: String, isAutomatic: Bool, _ state: CurrentState
  ) throws(LogError) -> Receipt {
    let view = StateView(records: records(covering: state.recordCount), state: state)
    let prospect = try view.prospect()
    var batch = Batch()
    let components = try prospect.fill(&batch, label: label, isAutomatic: isAutomatic, view)
    let receipt = try engine.append(batch)
    var next = state
    next.root = prospect.root(appendedAt: receipt.sequences.lowerBound)
    next.changes = TreeDictionary()
    next.components = Set(components)
    next.checkpoint = receipt.sequence
    next.recordCount = receipt.sequences.upperBound.rawValue
    core.current.withLock { $0 = next }
    return receipt
  }

  /// Makes the state of `checkpoint` current again, by one atomic append.
  ///
  /// Nothing is erased: records and later checkpoints stay, and one can roll forward to any of them. Changes that no
  /// checkpoint has yet get an automatic one in the same batch. Costs those changes, and nothing of the state's size.
  /// Returns when it is as safe as the log's `Durability` says.
  /// - Parameters:
  ///   - reason: for people, up to 4,096 bytes.
  ///   - by: who does it, up to 255 bytes.
  ///   - version: the version that the state must have, if given, so that two who roll back see each other.
  /// - Throws: `notFound` if the checkpoint is of another log or space; `conflict`, `transactionOpen`, `invalid`; as `Log.append`.
  @discardableResult
  public func rollback(
    to checkpoint: Checkpoint, reason: String, by: String, ifVersion version: SequenceNumber? = nil
  ) throws -> Receipt {
    guard reason.utf8.count <= Limits.reasonByteCount, by.utf8.count <= Limits.labelByteCount else {
      throw LogError(
        .invalid,
        "a rollback's reason has at most \(Limits.reasonByteCount) bytes and `by` at most \(Limits.labelByteCount)"
      )
    }
    try engine.checkFork()
    try core.checkNoTransaction()
    let receipt = try core.writing { state in
      try check(version, state)
      return try appendRollback(to: checkpoint, reason: reason, by: by, state)
    }
    try receipt.wait()
    return receipt
  }

  private func appendRollback(
    to checkpoint: Checkpoint, reason: String, by: String, _ state: CurrentState
  ) throws(LogError) -> Receipt {
    let view = StateView(records: records(covering: state.recordCount), state: state)
    let target = try view.records.find(checkpoint)
    var batch = Batch()
    var newest = StatePayload.Place.sequence(state.checkpoint ?? target.sequence)
    if !state.changes.isEmpty {
      try view.prospect().fill(&batch, label: "", isAutomatic: true, view)
      newest = .distance(1)
    }
    let payload = StatePayload.rollback(
      StatePayload.Rollback(
        checkpoint: target.sequence, root: target.root, reason: reason, by: by, previous: newest))
    try batch.add(
      payload.encoded.rawSpan, to: stream.number, kind: .stateRollback, salted: false)
    let receipt = try engine.append(batch)
    var next = target.state
    next.version = receipt.sequence
    next.checkpoint = newest.resolved(from: receipt.sequence)
    next.recordCount = receipt.sequences.upperBound.rawValue
    core.current.withLock { $0 = next }
    return receipt
  }
}
