internal import IntaglioFormat
internal import IntaglioState
internal import IntaglioStorage

/// Holds one checkpoint against the state that the records before it make.
struct CheckpointCheck {
  private let place: StatePlace
  private let payload: StatePayload.Checkpoint
  private let space: SpaceCheck

  init(_ place: StatePlace, _ payload: StatePayload.Checkpoint, of space: SpaceCheck) {
    self.place = place
    self.payload = payload
    self.space = space
  }

  struct Outcome {
    /// The root is that of the changes, as far as these are known.
    var isRootRight = true
    /// What is wrong with the checkpoint's record.
    var defect: String?
    /// What the space goes on with; nil if it cannot be read.
    var base: SpaceCheck.Base?
  }

  func run(_ pass: inout StatePass) throws(StorageError) -> Outcome {
    guard let expected = try expectation(&pass) else { return try believe(&pass) }
    let root = expected.update.root(appendedAt: SequenceNumber(nodeRange.lowerBound))
    let equal = try compareNodes(expected.update.nodes, pass.records)
    let areEqual =
      nodeRange.count == expected.update.nodes.count && equal.allSatisfy(\.self)
    guard payload.root == root.id else {
      var outcome = Outcome(
        isRootRight: false, defect: "the root is \(payload.root), the changes make \(root.id)")
      // Whichever of the two roots the log has is what a reader would go on with.
      if areEqual, !nodeRange.isEmpty {
        outcome.base = .init(root: root, counts: knownCounts(expected))
      } else if let stated = statedRoot, try isReadable(stated, pass.records) {
        outcome.base = .init(root: stated)
      } else if areEqual {
        outcome.base = .init(root: root, counts: knownCounts(expected))
      }
      return outcome
    }
    var outcome = Outcome(defect: defect ?? countsDefect(expected.counts))
    if areEqual, !nodeRange.isEmpty || statedRoot?.sequence == root.sequence {
      for index in equal.indices { pass.judgedNodes.insert(space.nodes!.first.ordinal + index) }
      if statedRoot?.sequence != root.sequence {
        outcome.defect = outcome.defect ?? "`node` should name record \(root.sequence)"
      }
      outcome.base = .init(root: root, counts: knownCounts(expected))
    } else if let stated = statedRoot {
      let walk = try walk(from: stated, equal, &pass)
      outcome.defect = outcome.defect ?? walk.rootDefect
      outcome.base = .init(root: stated, counts: knownCounts(expected))
    }
    return outcome
  }

  /// Takes the checkpoint at its word where what it comes from is not known.
  private func believe(_ pass: inout StatePass) throws(StorageError) -> Outcome {
    var outcome = Outcome(defect: defect)
    if let stated = statedRoot {
      let walk = try walk(from: stated, [], &pass)
      outcome.defect = outcome.defect ?? walk.rootDefect
      if walk.rootDefect == nil { outcome.base = .init(root: stated) }
    }
    return outcome
  }

  // MARK: The root

  /// The state as the changes make it.
  private struct Expectation {
    var update: StateUpdate
    var counts: [String: UInt64]?
  }

  /// Nil if it cannot be known, because of what was reported before.
  private func expectation(_ pass: inout StatePass) throws(StorageError) -> Expectation? {
    guard let base = space.base else { return nil }
    let nodes = SpaceNodes(records: pass.records, stream: space.stream)
    let changes = space.changes.values.sorted { $0.key < $1.key }
    do throws(StateError) {
      let tree = StateTree(root: base.root, salt: space.salt!, in: nodes)
      let update = try tree.applying(changes)
      let (root, store) = PendingNodes.preview(update, over: nodes)
      let counts = try base.counts.map { counts throws(StateError) in
        try Self.counts(
          counts, changing: tree, to: StateTree(root: root, salt: space.salt!, in: store))
      }
      return Expectation(update: update, counts: counts)
    } catch {
      try report(error, &pass)
      return nil
    }
  }

  /// How many entries each component has after a change from one tree to another; those without any are left out.
  private static func counts(
    _ counts: [String: UInt64], changing old: StateTree, to new: StateTree
  ) throws(StateError) -> [String: UInt64] {
    var counts = counts
    var differences = old.differences(to: new)
    while let difference = try differences.next() {
      // Counts that were taken over may be anything.
      if difference.old == nil { counts[difference.key.component, default: 0] &+= 1 }
      if difference.new == nil { counts[difference.key.component, default: 0] &-= 1 }
    }
    return counts.filter { $0.value != 0 }
  }

  /// The counts to go on with: not of more components than there may be, so that they cost nothing to keep.
  private func knownCounts(_ expected: Expectation) -> [String: UInt64]? {
    expected.counts.flatMap { $0.count > Limits.componentCount ? nil : $0 }
  }

  /// Reports a node on the way to the changes, unless it was looked up before: then what is wrong was found there.
  private func report(_ error: StateError, _ pass: inout StatePass) throws(StorageError) {
    switch error {
    case .store(let cause): throw cause as! StorageError
    case .damaged(let sequence, let what):
      let node = pass.records.place(sequence, .stateNode, in: space.stream, before: place.sequence)
      if let node, !pass.judgedNodes.contains(node.ordinal) {
        pass.report(node, what)
      } else if pass.findings.isEmpty {
        pass.report(place, "the node in record \(sequence): \(what)")
      }
    }
  }

  // MARK: What the record says

  private var nodeRange: Range<UInt64> {
    space.nodes?.sequences ?? place.sequence.rawValue..<place.sequence.rawValue
  }

  private var isEmpty: Bool { payload.root == StateRoot.empty.id }

  /// The root, and where the record says that it lies; nil if that can be nowhere.
  private var statedRoot: StateRoot? {
    if isEmpty { return .empty }
    return payload.node?.resolved(from: place.sequence).map {
      StateRoot(id: payload.root, sequence: $0)
    }
  }

  /// What the record says otherwise than it should, but for the root and the counts.
  private var defect: String? {
    if isEmpty != (payload.node == nil) {
      return "`node` should be null for the empty state, and for no other"
    }
    if statedRoot == nil { return "`node` names no record before it" }
    guard payload.nodeCount == nodeRange.count, nodeRange.upperBound == place.sequence.rawValue
    else {
      return "`nodes` is \(payload.nodeCount), and \(nodeRange.count) stand right before it"
    }
    if space.nodes?.isInBatch == false { return "its nodes are of another batch" }
    if payload.version != space.version {
      return "`sequence` is \(payload.version), the last change is record \(space.version)"
    }
    if payload.previous != space.newest {
      return "`previous` should be the checkpoint before it, \(SpaceCheck.text(space.newest))"
    }
    return nil
  }

  private func countsDefect(_ expected: [String: UInt64]?) -> String? {
    guard let expected, expected != payload.countsByName else { return nil }
    if expected.count > Limits.componentCount {
      return "the state has \(expected.count) components, more than there may be"
    }
    if expected.count > 4 { return "`counts` are not those of the \(expected.count) components" }
    let counts = expected.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    return "`counts` should be {\(counts.joined(separator: ", "))}"
  }

  // MARK: The nodes

  /// Which of the nodes before the checkpoint are those of `expected`, by index; empty if they differ in number.
  private func compareNodes(
    _ expected: [[UInt8]], _ records: StateRecords
  ) throws(StorageError) -> [Bool] {
    guard let run = space.nodes, run.count == expected.count else { return [] }
    var equal: [Bool] = []
    for (index, payload) in expected.enumerated() {
      let record = try records.read(records.index[run.first.ordinal + index])
      equal.append(record.payload.elementsEqual(payload.rawSpan))
    }
    return equal
  }

  private func walk(
    from root: StateRoot, _ asExpected: [Bool], _ pass: inout StatePass
  ) throws(StorageError) -> NodeWalk {
    var walk = NodeWalk(stream: space.stream, salt: space.salt!, run: space.nodes, asExpected)
    try walk.run(from: root, namedBy: place, &pass)
    return walk
  }

  private func isReadable(
    _ root: StateRoot, _ records: StateRecords
  ) throws(StorageError) -> Bool {
    if root.isEmpty { return true }
    let node = records.place(root.sequence, .stateNode, in: space.stream, before: place.sequence)
    guard let node, case let record = try records.find(node), !record.isErased else { return false }
    return (try? NodeContents(decoding: record.payload, at: root.sequence))?.id == root.id
  }
}

extension StatePayload.Checkpoint {
  var countsByName: [String: UInt64] {
    Dictionary(counts.map { ($0.name, $0.count) }, uniquingKeysWith: { first, _ in first })
  }
}
