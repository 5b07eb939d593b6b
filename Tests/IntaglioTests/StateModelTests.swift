import IntaglioFormat
import IntaglioStorage
import IntaglioTestSupport
import SystemPackage
import Testing

@testable import Intaglio

/// A state and its checkpoints as plain dictionaries: what the engine is held against.
private struct Model {
  typealias Contents = [StateKey: [UInt8]]

  var contents: Contents = [:]
  var checkpoints: [SequenceNumber: Contents] = [:]
  var roots: [Contents: Digest] = [:]
}

@Suite("State: a plain dictionary and its copies")
struct StateModelTests {
  private static let components = ["context", "memory", "session", "x"]

  private func key(_ generator: inout SeededGenerator) -> StateKey {
    let component = Self.components.randomElement(using: &generator)!
    let number = Int.random(in: 0..<400, using: &generator)
    let tail = number % 17 == 0 ? [UInt8](repeating: 0x61, count: number) : []
    return StateKey(component: component, key: Array("key-\(number)".utf8) + tail)!
  }

  private func value(_ generator: inout SeededGenerator) -> [UInt8] {
    let byteCount =
      switch Int.random(in: 0..<20, using: &generator) {
      case 0: 0
      case 1: Int.random(in: 4000...9000, using: &generator)
      default: Int.random(in: 1...60, using: &generator)
      }
    // Few different bytes: equal values are to come up.
    return [UInt8](repeating: UInt8.random(in: 0...3, using: &generator), count: byteCount)
  }

  private func check(_ space: StateSpace, _ model: Model, all: Bool, _ comment: String) throws {
    try check(space.current, model.contents, comment)
    guard all else { return }
    var found: Set<SequenceNumber> = []
    for result in space.checkpoints {
      let checkpoint = try result.get()
      found.insert(checkpoint.sequence)
      guard let contents = model.checkpoints[checkpoint.sequence] else {
        #expect(checkpoint.isAutomatic, "\(comment)")
        continue
      }
      let view = try space.state(at: checkpoint)
      try check(view, contents, "\(comment), checkpoint \(checkpoint.sequence)")
      #expect(checkpoint.count == contents.count)
      #expect(try view.root() == checkpoint.root)
    }
    #expect(found.isSuperset(of: model.checkpoints.keys), "\(comment)")
  }

  private func check(_ view: StateView, _ contents: Model.Contents, _ comment: String) throws {
    var seen: Model.Contents = [:]
    var last: StateKey?
    try view.entries().forEach { entry in
      #expect(last.map { $0 < entry.key } ?? true, "\(comment)")
      last = entry.key
      seen[entry.key] = try view.value(of: entry)
    }
    #expect(seen == contents, "\(comment)")
    #expect(try view.counts().values.reduce(0, +) == contents.count, "\(comment)")
  }

  /// One random thing done to both.
  private func step(
    _ space: StateSpace, _ model: inout Model, _ generator: inout SeededGenerator
  ) throws {
    switch Int.random(in: 0..<100, using: &generator) {
    case 0..<80:
      var changed = model.contents
      try space.transaction { state in
        for _
          in 0..<Int.random(in: 1...(Bool.random(using: &generator) ? 3 : 40), using: &generator)
        {
          let key = key(&generator)
          if Int.random(in: 0..<3, using: &generator) == 0 {
            try state.remove(key.component, key.key)
            changed[key] = nil
          } else {
            let value = value(&generator)
            try state.set(value, key.component, key.key)
            changed[key] = value
          }
          #expect(try state.value(key.component, key.key) == changed[key])
        }
      }
      model.contents = changed
    case 80..<84:
      struct Stop: Error {}
      #expect(throws: Stop.self) {
        try space.transaction { state in
          let key = key(&generator)
          try state.set([9, 9, 9], key.component, key.key)
          throw Stop()
        }
      }
    case 84..<94:
      let checkpoint = try space.checkpoint(label: "c")
      model.checkpoints[checkpoint.sequence] = model.contents
      let root = model.roots[model.contents]
      #expect(root == nil || root == checkpoint.root, "equal states have equal roots")
      model.roots[model.contents] = checkpoint.root
    default:
      guard let (sequence, contents) = model.checkpoints.randomElement(using: &generator) else {
        return
      }
      let target = try space.checkpoint(at: sequence)
      let preview = try space.previewRollback(to: target)
      try space.rollback(to: target, reason: "r", by: "model", ifVersion: preview.version)
      let differing = Set(contents.keys).union(model.contents.keys)
        .filter { contents[$0] != model.contents[$0] }
      let counted = preview.components.values.reduce(0) {
        $0 + $1.addedCount + $1.changedCount + $1.removedCount
      }
      #expect(counted == differing.count)
      model.contents = contents
    }
  }

  private func options(_ generator: inout SeededGenerator) -> LogOptions {
    var options = smallOptions(.written)
    options.segmentByteCount = 1 << 20
    options.automaticCheckpointChangeCount = Int.random(in: 1...300, using: &generator)
    return options
  }

  @Test(
    "Whatever is done to it, a state is what a dictionary is, and so is each of its checkpoints, also after reopening"
  )
  func randomSteps() throws {
    var generator = SeededGenerator(for: "state randomSteps")
    let rounds = isDebugBuild ? 2 : 40
    for round in 0..<rounds {
      let directory = try TemporaryDirectory()
      let path = directory.path(of: "log")
      var models: [Model] = [Model(), Model()]
      var log = try Log.open(at: path, creatingIfMissing: true, options: options(&generator))
      for number in 0..<(isDebugBuild ? 400 : 2500) {
        let index = Int.random(in: 0..<models.count, using: &generator)
        try step(log.stateSpace(named: "space \(index)"), &models[index], &generator)
        if Int.random(in: 0..<150, using: &generator) == 0 {
          try log.close()
          log = try Log.open(at: path, options: options(&generator))
          try check(
            log.stateSpace(named: "space \(index)"), models[index], all: false,
            "round \(round), step \(number), reopened")
        }
      }
      for index in models.indices {
        try check(
          log.stateSpace(named: "space \(index)"), models[index], all: true, "round \(round)")
      }
      try log.close()
    }
  }

  @Test(
    "A crash at any system call leaves the state of one acknowledged transaction, checkpoint or rollback, or of the one under way"
  )
  func crashes() throws {
    var generator = SeededGenerator(for: "state crashes")
    for round in 0..<(isDebugBuild ? 60 : 600) {
      let directory = try TemporaryDirectory()
      let path = directory.path(of: "log")
      let number = Int.random(in: 20...400, using: &generator)
      let fault: Fault = [.crash, .crashHalfway, .fail(.ioError), .succeedThenFail(.ioError)]
        .randomElement(using: &generator)!
      let system = FaultInjectingFileSystem(
        SystemFileSystem(), FaultPlan(at: number, of: .mutating, fault))
      var acknowledged = Model()
      do {
        var options = smallOptions()
        options.automaticCheckpointChangeCount = 50
        let log = try Log.open(
          at: path, creatingIfMissing: true, options: options, surroundings: surroundings(system))
        let space = try log.stateSpace(named: "a")
        // An end of its own: a fault may hit what is tried again.
        for _ in 0..<100 {
          var next = acknowledged
          try step(space, &next, &generator)
          try log.synchronize()
          acknowledged = next
        }
      } catch is LogError {
      }
      guard let log = try? Log.open(at: path, options: smallOptions()) else {
        #expect(acknowledged.contents.isEmpty, "round \(round)")
        continue
      }
      let space = try log.stateSpace(named: "a")
      var seen: Model.Contents = [:]
      let view = space.current
      try view.entries().forEach { seen[$0.key] = try view.value(of: $0) }
      if seen != acknowledged.contents {
        // The step under way was a transaction that came through whole.
        #expect(
          try Self.isReachable(seen, space, acknowledged), "round \(round)\n\(system.report())")
      }
      for (sequence, contents) in acknowledged.checkpoints {
        let old = try space.state(at: space.checkpoint(at: sequence))
        try check(old, contents, "round \(round), checkpoint \(sequence)")
      }
      try log.close()
    }
  }

  /// Whether `seen` is the acknowledged state with the one transaction or rollback that was under way.
  private static func isReachable(
    _ seen: Model.Contents, _ space: StateSpace, _ acknowledged: Model
  ) throws -> Bool {
    if acknowledged.checkpoints.values.contains(seen) { return true }
    let snapshot = space.records(covering: 0).snapshot
    var last: Record?
    for result in snapshot.recordsBackwards(of: space.stream.number) {
      let record = try result.get()
      if record.kind == .stateChanged {
        last = record
        break
      }
    }
    guard let last else { return false }
    var expected = acknowledged.contents
    for change in try space.records(covering: 0).changes(last) {
      switch change {
      case .set(let entry): expected[entry.key] = try space.current.value(of: entry)
      case .remove(let key): expected[key] = nil
      }
    }
    return expected == seen
  }
}
