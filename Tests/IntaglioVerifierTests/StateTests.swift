import Intaglio
import IntaglioFormat
import IntaglioState
import IntaglioVerifier
import Testing

/// States that are not what their records make them are found, each lie once, where it stands; in logs whose chains hold.
@Suite("States that lie") struct StateTests {
  /// Two spaces: several levels of nodes, a rollback with an automatic checkpoint, a way forward, an empty state.
  static let sample = Result {
    try StateForgery.writing { log in
      let first = try log.stateSpace(named: "a")
      let second = try log.stateSpace(named: "b")
      func set(_ space: StateSpace, _ keys: Range<Int>, _ text: String) throws {
        try space.transaction { state in
          for key in keys {
            try state.set(
              Array("\(text) \(key)".utf8), key % 3 == 0 ? "context" : "memory", "key \(key)")
          }
        }
      }
      try set(first, 0..<400, "first")
      let one = try first.checkpoint(label: "one")
      try second.transaction { try $0.set([UInt8](repeating: 7, count: 5000), "m", "large") }
      try second.checkpoint(label: "other")
      try set(first, 100..<110, "second")
      try first.transaction { try $0.remove("memory", "key 200") }
      let two = try first.checkpoint(label: "two")
      try set(first, 300..<302, "third")
      try first.rollback(to: one, reason: "wrong", by: "test")
      try set(first, 0..<1, "fourth")
      try first.checkpoint(label: "three")
      try first.rollback(to: two, reason: "forward", by: "test")
      try set(first, 50..<60, "fifth")
      try first.checkpoint(label: "four")
      try second.transaction { try $0.remove("m", "large") }
      try second.checkpoint(label: "empty")
      try second.transaction { state in
        for key in 0..<3 {
          try state.set([UInt8](repeating: 7, count: 5000), "m", "large \(key)")
        }
      }
      try second.checkpoint(label: "shared")
    }
  }

  let whole: StateForgery
  let spaces: [Int]
  let changes: [Int]
  /// Labelled one, two, automatic, three, four.
  let checkpoints: [Int]
  let rollbacks: [Int]
  /// Labelled other, empty, shared.
  let others: [Int]

  init() throws {
    whole = try Self.sample.get()
    spaces = whole.sequences(.stateSpace, in: 1)
    changes = whole.sequences(.stateChanged, in: 1)
    checkpoints = whole.sequences(.stateCheckpoint, in: 1)
    rollbacks = whole.sequences(.stateRollback, in: 1)
    others = whole.sequences(.stateCheckpoint, in: 2)
    try #require(checkpoints.count == 5 && rollbacks.count == 2 && others.count == 3)
    try #require(changes.count == 6 && whole.sequences(.stateNode, in: 1).count > 15)
  }

  private func expect(
    _ sequences: [Int], sourceLocation: SourceLocation = #_sourceLocation,
    _ change: (inout StateForgery) -> Void
  ) throws {
    var forged = whole
    change(&forged)
    let findings = try forged.findings(sourceLocation: sourceLocation)
    #expect(
      findings.map(\.sequence) == sequences.map { UInt64($0) }, "\(findings)",
      sourceLocation: sourceLocation)
  }

  private let other = Digest(bytes: 1)

  @Test func `what the engine wrote is found right, and counted`() throws {
    try expect([]) { _ in }
    let report = try TemporaryLog(whole.log).verify()
    #expect(report.states?.spaceCount == 2 && report.states?.checkpointCount == 8)
    #expect(report.description.contains("\nstates     2 spaces, 8 checkpoints\n"))
    let json = try JSON.parse(report.json)
    #expect(json["states"]?["checkpointCount"]?.integer == 8)
  }

  @Test func `a root that the changes do not make`() throws {
    for checkpoint in checkpoints { try expect([checkpoint]) { $0.forgeRoot(of: checkpoint) } }
    try expect([others[1]]) { $0.forgeRoot(of: others[1]) }
    try expect([checkpoints[1]]) {
      $0.editCheckpoint(checkpoints[1]) { ($0.root, $0.node) = (StateRoot.empty.id, nil) }
    }
  }

  @Test func `a checkpoint of an earlier state`() throws {
    // Checkpoint one again, as if nothing had changed since: what follows is built on other nodes.
    try expect([checkpoints[1]]) { forged in
      var earlier: StatePayload.Checkpoint?
      forged.editCheckpoint(checkpoints[0]) { earlier = $0 }
      forged.editCheckpoint(checkpoints[1]) { $0.root = earlier!.root }
    }
  }

  @Test func `changes that the tree does not have`() throws {
    // Of "second": a value's id, a key, the whole record.
    let second = changes[1]
    try expect([second, checkpoints[1]]) { $0.edit(second) { $0[$0.count - 20] ^= 1 } }
    try expect([checkpoints[1]]) { $0.edit(second) { $0[4 + 8 + 7 + 6] ^= 1 } }
    try expect([checkpoints[1]]) { $0.records[second].kind = .event }
    try expect([second]) { $0.edit(second) { $0[0] ^= 1 } }
    try expect([second]) { $0.edit(second) { $0 = [] } }
    try expect([second]) { $0.erase(second) }
  }

  @Test func `a value that is another, or of another length`() throws {
    let value = changes[0] - 17
    try #require(whole.records[value].kind == .stateValue)
    try expect([changes[0]]) { $0.edit(value) { $0[0] ^= 1 } }
    try expect([changes[0]]) { $0.edit(value) { $0.append(0) } }
    // A place that is none: itself, a node, a record of another space.
    for (distance, isRelative) in [(0, false), (1, false), (0, true), (1 << 60, true)] {
      try expect([changes[0]]) { forged in
        forged.edit(changes[0]) { bytes in
          let place = isRelative ? UInt64(distance) | 1 << 63 : UInt64(changes[0] + distance)
          bytes.replaceSubrange(bytes.count - 8..<bytes.count, with: place.littleEndianBytes)
        }
      }
    }
    try expect([changes[0]]) { $0.records[value].stream = StreamNumber(2) }
    try expect([changes[0]]) { $0.records[value].kind = .event }
  }

  @Test func `a value that is erased lawfully, and any other record that is`() throws {
    var forged = whole
    let shared = try #require(whole.sequences(.stateValue, in: 2).last)
    for value in [changes[0] - 17, shared] { forged.erase(value) }
    #expect(try forged.findings().isEmpty)
  }

  @Test func `a node with one changed byte, whichever it is`() throws {
    for checkpoint in [checkpoints[1], checkpoints[4]] {
      let count = (0...).first { whole.records[checkpoint - 1 - $0].kind != .stateNode }!
      try #require(count > 1)
      for node in checkpoint - count..<checkpoint {
        let byteCount = whole.records[node].content.count
        for offset in stride(from: node % 5, to: byteCount, by: byteCount / 15) {
          try expect([node]) { $0.edit(node) { $0[offset] ^= 1 } }
        }
      }
    }
  }

  @Test func `nodes that are too many, too few, elsewhere or erased`() throws {
    let last = checkpoints[1] - 1
    try expect([last]) { $0.edit(last) { $0.removeLast() } }
    try expect([last]) { $0.erase(last) }
    try expect([last + 1]) { $0.records[last].flags.insert(.commit) }
    let end = whole.records.count
    try expect([end]) {
      $0.append(.stateNode, $0.records[last].payload, in: 1, flags: [])
      $0.append(.event, [1], in: 1)
    }
    // A node that the root does not reach, right before another checkpoint of the same state.
    try expect([end]) { forged in
      forged.append(.stateNode, forged.records[last].payload, in: 1, flags: [])
      forged.append(.stateCheckpoint, forged.records[checkpoints[4]].payload, in: 1)
      forged.editCheckpoint(end + 1) {
        $0.nodeCount = 1
        $0.node = .sequence(SequenceNumber(UInt64(checkpoints[4] - 1)))
        $0.previous = SequenceNumber(UInt64(checkpoints[4]))
      }
    }
  }

  @Test func `a checkpoint whose record says otherwise than it should`() throws {
    let edits: [(inout StatePayload.Checkpoint) -> Void] = [
      { $0.counts[0].count += 1 }, { $0.counts.removeLast() },
      { $0.counts.append(.init(name: "more", count: 1)) }, { $0.counts[0].name = "\u{212A}" },
      { $0.nodeCount += 1 }, { $0.nodeCount -= 1 }, { $0.nodeCount = Int.max },
      { $0.previous = nil }, { $0.previous = 3 }, { $0.previous = SequenceNumber(1 << 60) },
      { $0.version = 3 }, { $0.version = SequenceNumber(.max) },
      { $0.node = nil }, { $0.node = .distance(2) }, { $0.node = .distance(0) },
      { $0.node = .sequence(SequenceNumber(.max)) }, { $0.node = .sequence(0) },
      { $0.label = String(repeating: "x", count: 256) },
    ]
    for edit in edits {
      for checkpoint in [checkpoints[1], checkpoints[4]] {
        try expect([checkpoint]) { $0.editCheckpoint(checkpoint, edit) }
      }
    }
    try expect([others[1]]) { $0.editCheckpoint(others[1]) { $0.node = .distance(1) } }
    try expect([checkpoints[1]]) { $0.edit(checkpoints[1]) { $0.append(0x20) } }
  }

  @Test func `a rollback to what is not the checkpoint that it names`() throws {
    let rollback = rollbacks[0]
    let later = SequenceNumber(UInt64(checkpoints[4]))
    let foreign = SequenceNumber(UInt64(others[0]))
    let edits: [(inout StatePayload.Rollback) -> Void] = [
      { $0.root = other }, { $0.checkpoint = later }, { $0.checkpoint = foreign },
      { $0.checkpoint = 0 }, { $0.checkpoint = SequenceNumber(.max) },
      { $0.previous = .sequence(SequenceNumber(UInt64(checkpoints[0]))) },
      { $0.previous = .distance(2) }, { $0.previous = .distance(.max) },
      { $0.reason = String(repeating: "x", count: 4097) },
    ]
    for edit in edits { try expect([rollback]) { $0.editRollback(rollback, edit) } }
    try expect([rollback]) { $0.edit(rollback) { $0.removeLast() } }
    // To another checkpoint than that which what follows is built on.
    try expect([checkpoints[4]]) { forged in
      var root: Digest?
      forged.editCheckpoint(checkpoints[3]) { root = $0.root }
      forged.editRollback(rollbacks[1]) {
        $0.checkpoint = SequenceNumber(UInt64(checkpoints[3]))
        $0.root = root!
      }
    }
    try expect([checkpoints[3]]) { $0.records[rollback].kind = .event }
  }

  @Test func `changes before a rollback that no checkpoint has`() throws {
    let end = whole.records.count
    try expect([end + 1]) { forged in
      let change = StateKey(component: "memory", key: [1])!
      forged.append(.stateChanged, StateChanges.encode([.remove(change)]), in: 1)
      var root: Digest?
      forged.editCheckpoint(checkpoints[0]) { root = $0.root }
      let payload = StatePayload.Rollback(
        checkpoint: SequenceNumber(UInt64(checkpoints[0])), root: root!, reason: "", by: "",
        previous: .sequence(SequenceNumber(UInt64(checkpoints[4]))))
      forged.append(.stateRollback, StatePayload.rollback(payload).encoded, in: 1)
    }
  }

  @Test func `records of states where no state is`() throws {
    let end = whole.records.count
    let salt = StatePayload.space(salt: [UInt8](repeating: 1, count: 16)).encoded
    let declared = { (name: String) in
      LogPayload.streamDeclared(StreamNumber(3), name: name).encoded
    }
    for kind in 16...21 {
      try expect([end]) { $0.append(RecordKind(UInt16(kind)), [1], in: 0) }
    }
    for name in ["states", "state/", "State/a"] {
      try expect([end + 1]) {
        $0.append(.streamDeclared, declared(name), in: 0)
        $0.append(.stateSpace, salt, in: 3)
      }
    }
    try expect([]) {
      $0.append(.streamDeclared, declared("state/\u{301}"), in: 0)
      $0.append(.stateSpace, salt, in: 3)
    }
    try expect([end + 1]) {
      $0.append(.streamDeclared, declared("state/c"), in: 0)
      $0.append(.stateChanged, [1], in: 3)
      $0.append(.stateValue, [1], in: 3)
      $0.append(.stateSpace, salt, in: 3)
    }
    try expect([end + 1]) {
      $0.append(.streamDeclared, declared("state/c"), in: 0)
      $0.append(.stateSpace, Array("{}".utf8), in: 3)
      $0.append(.stateChanged, [1], in: 3)
    }
    try expect([end]) { $0.append(.stateSpace, salt, in: 1) }
    var undeclared = whole
    undeclared.append(.stateSpace, salt, in: 9)
    let report = try TemporaryLog(undeclared.log).verify()
    #expect(report.findings.map(\.kind) == [.stream, .state])
  }

  @Test func `the valid prefix of a log that is damaged later`() throws {
    var forged = whole
    forged.forgeRoot(of: checkpoints[0])
    for (sequence, isThere) in [(checkpoints[0], false), (checkpoints[0] + 1, true)] {
      var log = forged.log
      log.flip(sequence, at: 130)
      let report = try TemporaryLog(log).verify()
      #expect(report.verdict == .corrupt)
      let found = report.findings.filter { $0.kind == .state }.map(\.sequence)
      #expect(found == (isThere ? [UInt64(checkpoints[0])] : []), "\(report)")
    }
  }
}

extension StateForgery {
  mutating func forgeRoot(of sequence: Int) {
    editCheckpoint(sequence) { payload in
      payload.root = Digest(bytes: 1)
      payload.node = payload.node ?? .distance(1)
    }
  }
}

extension Digest {
  /// That byte, 32 times.
  fileprivate init(bytes byte: UInt8) {
    self.init([UInt8](repeating: byte, count: 32).rawSpan)
  }
}

extension UInt64 {
  fileprivate var littleEndianBytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(integer: self)
    return bytes
  }
}
