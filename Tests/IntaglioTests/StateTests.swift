import IntaglioFormat
import IntaglioStorage
import IntaglioTestSupport
import SystemPackage
import Testing

@testable import Intaglio

@Suite("State: transactions, checkpoints, rollback")
struct StateTests {
  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  private func code(_ body: () throws -> Void) -> LogError.Code? {
    do {
      try body()
      return nil
    } catch {
      let message = "\(error)"
      #expect(!message.contains("\n"))
      return (error as? LogError)?.code
    }
  }

  private func withLog(_ body: (Log, FilePath) throws -> Void) throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "log")
    let log = try Log.create(at: path, options: smallOptions())
    try body(log, path)
    try log.close()
  }

  @Test("A transaction changes all of its keys, and is there after reopening")
  func transaction() throws {
    try withLog { log, path in
      try log.transaction { state in
        try state.set(bytes("Berlin"), "memory", "city")
        try state.set([], "context", "empty")
        #expect(try state.value("memory", "city") == bytes("Berlin"))
      }.wait()
      #expect(try log.state.value("memory", "city") == bytes("Berlin"))
      #expect(try log.state.value("context", "empty") == [])
      #expect(try log.state.value("context", "city") == nil)
      try log.close()
      let again = try Log.open(at: path, options: smallOptions())
      #expect(try again.state.value("memory", "city") == bytes("Berlin"))
      #expect(try again.state.current.counts() == ["memory": 1, "context": 1])
      try again.close()
    }
  }

  @Test("A transaction whose body throws changes nothing, and the next one goes on")
  func failingBody() throws {
    struct Stop: Error {}
    try withLog { log, _ in
      #expect(throws: Stop.self) {
        try log.transaction { state in
          try state.set([1], "memory", "a")
          throw Stop()
        }
      }
      #expect(try log.state.value("memory", "a") == nil)
      try log.transaction { try $0.set([2], "memory", "a") }
      #expect(try log.state.value("memory", "a") == [2])
    }
  }

  @Test("What changes nothing writes nothing")
  func noChange() throws {
    try withLog { log, _ in
      try log.transaction { try $0.set([1], "memory", "a") }.wait()
      let count = log.snapshot().count
      let receipt = try log.transaction { state in
        try state.set([1], "memory", "a")
        try state.remove("memory", "b")
      }
      try receipt.wait()
      #expect(log.snapshot().count == count)
      #expect(receipt.sequence == (try log.state.version))
    }
  }

  @Test(
    "A rollback brings back what was, keeps what happened since, and can be undone by rolling forward"
  )
  func rollback() throws {
    try withLog { log, _ in
      try log.transaction { state in
        try state.set(bytes("1"), "memory", "a")
        try state.set(bytes("1"), "memory", "b")
      }
      let first = try log.checkpoint(label: "first")
      try log.transaction { state in
        try state.set(bytes("2"), "memory", "a")
        try state.remove("memory", "b")
        try state.set(bytes("2"), "context", "c")
      }
      let second = try log.checkpoint(label: "second")
      try log.transaction { try $0.set(bytes("3"), "memory", "a") }
      let preview = try log.previewRollback(to: first)
      #expect(preview.components["memory"] == .init(addedCount: 1, changedCount: 1))
      #expect(preview.components["context"] == .init(removedCount: 1))
      #expect(preview.recordCountSince == log.snapshot().count - first.sequence.rawValue - 1)
      #expect(try log.state.value("memory", "a") == bytes("3"), "a preview changes nothing")

      try log.rollback(to: first, reason: "wrong", by: "test")
      #expect(try log.state.value("memory", "a") == bytes("1"))
      #expect(try log.state.value("memory", "b") == bytes("1"))
      #expect(try log.state.value("context", "c") == nil)
      let labels = try log.checkpoints.map { try $0.get().label }
      #expect(labels == ["", "second", "first"], "what no checkpoint had got an automatic one")
      let automatic = try #require(try log.checkpoints.first { _ in true }).get()
      #expect(automatic.isAutomatic)

      try log.rollback(to: second, reason: "forward", by: "test")
      #expect(try log.state.value("memory", "a") == bytes("2"))
      try log.rollback(to: automatic, reason: "to where we were", by: "test")
      #expect(try log.state.value("memory", "a") == bytes("3"))
    }
  }

  @Test("Equal contents have equal roots, whatever happened between; one other byte gives another")
  func equalRoots() throws {
    try withLog { log, _ in
      try log.transaction { state in
        for number in 0..<500 { try state.set([UInt8(number & 255)], "memory", "k\(number)") }
      }
      let before = try log.checkpoint(label: "")
      try log.transaction { state in
        for number in 0..<300 { try state.remove("memory", "k\(number)") }
      }
      try log.checkpoint(label: "")
      try log.transaction { state in
        for number in (0..<300).reversed() {
          try state.set([UInt8(number & 255)], "memory", "k\(number)")
        }
      }
      #expect(try log.state.current.root() == before.root)
      try log.transaction { try $0.set([7], "memory", "k0") }
      #expect(try log.state.current.root() != before.root)
      #expect(try log.difference(before, log.checkpoint(label: "")).map(\.key.printable) == ["k0"])
    }
  }

  @Test("Who holds only the root can be shown that a key has a value, or has none")
  func proofs() throws {
    try withLog { log, _ in
      try log.transaction { state in
        for number in 0..<500 { try state.set([UInt8(number & 255)], "memory", "k\(number)") }
      }
      let view = try log.state.current
      let root = try view.root()
      let key = StateKey(component: "memory", key: bytes("k77"))!
      #expect(
        try view.proof(of: key).check(key, under: root)
          == .present(valueID: view.salt.valueID(of: [77]), valueByteCount: 1))
      let missing = StateKey(component: "memory", key: bytes("k500"))!
      #expect(try view.proof(of: missing).check(missing, under: root) == .absent)
      try log.transaction { try $0.set([78], "memory", "k77") }
      let otherRoot = try log.state.current.root()
      #expect(throws: StateProofError.self) { try view.proof(of: key).check(key, under: otherRoot) }
    }
  }

  @Test("Spaces know nothing of each other")
  func spaces() throws {
    try withLog { log, _ in
      let one = try log.stateSpace(named: "one")
      let two = try log.stateSpace(named: "two")
      try one.transaction { try $0.set([1], "memory", "a") }
      try two.transaction { try $0.set([2], "memory", "a") }
      let ofOne = try one.checkpoint(label: "x")
      #expect(try two.value("memory", "a") == [2])
      #expect(code { try two.rollback(to: ofOne, reason: "", by: "") } == .notFound)
      #expect(code { _ = try two.state(at: ofOne) } == .notFound)
      #expect(code { _ = try two.previewRollback(to: ofOne) } == .notFound)
      #expect(code { try one.current.forEachDifference(to: two.current) { _ in } } == .invalid)
      #expect(try log.snapshot().stateSpaceNames() == ["one", "two"])
    }
  }

  @Test("Who expects another version is refused, and nothing is changed")
  func compareAndSet() throws {
    try withLog { log, _ in
      let space = try log.state
      let old = space.version
      try space.transaction { try $0.set([1], "memory", "a") }
      let checkpoint = try space.checkpoint(label: "")
      let version = space.version
      #expect(
        code { try space.transaction(ifVersion: old) { try $0.set([2], "memory", "a") } }
          == .conflict)
      #expect(
        code { try space.rollback(to: checkpoint, reason: "", by: "", ifVersion: old) } == .conflict
      )
      #expect(try space.value("memory", "a") == [1])
      #expect(space.version == version, "a checkpoint is no change")
      try space.transaction(ifVersion: version) { try $0.set([3], "memory", "a") }
      #expect(try space.value("memory", "a") == [3])
    }
  }

  @Test("Two threads that roll back from the same version: one is refused")
  func racingRollbacks() throws {
    try withLog { log, _ in
      let space = try log.state
      try space.transaction { try $0.set([1], "memory", "a") }
      let first = try space.checkpoint(label: "1")
      try space.transaction { try $0.set([2], "memory", "a") }
      let second = try space.checkpoint(label: "2")
      for _ in 0..<50 {
        let version = space.version
        let outcomes = Locked<[LogError.Code?]>([])
        let threads = [first, second].map { target in
          BackgroundThread {
            let outcome = code {
              try space.rollback(to: target, reason: "race", by: "thread", ifVersion: version)
            }
            outcomes.withLock { $0.append(outcome) }
          }
        }
        for thread in threads { thread.join() }
        let found = outcomes.withLock { $0 }
        #expect(found.filter { $0 == nil }.count == 1)
        #expect(found.filter { $0 != nil }.allSatisfy { $0 == .conflict || $0 == .transactionOpen })
      }
    }
  }

  @Test("Bad input is one line of error, and nothing is changed")
  func badInput() throws {
    try withLog { log, _ in
      try log.transaction { try $0.set([1], "memory", "a") }
      let checkpoint = try log.checkpoint(label: "")
      let count = log.snapshot().count
      let long = String(repeating: "x", count: 300)
      try log.transaction { state in
        #expect(code { try state.set([], "", "a") } == .invalid)
        #expect(code { try state.set([], "é", "a") } == .invalid)
        #expect(code { try state.set([], long, "a") } == .invalid)
        #expect(code { try state.set([], "memory", "") } == .invalid)
        #expect(
          code { try state.set([], "memory", [UInt8](repeating: 0, count: 1025)) } == .invalid)
        let large = [UInt8](repeating: 0, count: Limits.stateValueByteCount + 1)
        #expect(code { try state.set(large, "memory", "a") } == .tooLarge)
        #expect(code { try log.rollback(to: checkpoint, reason: "", by: "") } == .transactionOpen)
        #expect(code { try log.checkpoint(label: "") } == .transactionOpen)
        #expect(code { try log.transaction { _ in } } == .transactionOpen)
      }
      #expect(code { try log.checkpoint(label: long) } == .invalid)
      #expect(code { try log.rollback(to: checkpoint, reason: "", by: long) } == .invalid)
      #expect(code { _ = try log.state.checkpoint(at: 0) } == .notFound)
      #expect(code { _ = try log.state.checkpoint(at: 1_000_000) } == .notFound)
      #expect(code { _ = try log.stateSpace(named: "") } == .invalid)
      #expect(code { _ = try log.stateSpace(named: long) } == .invalid)
      #expect(code { _ = try log.stream(named: "state/main") } == .invalid)
      #expect(log.snapshot().count == count)

      let other = try TemporaryDirectory()
      let otherLog = try Log.create(at: other.path(of: "log"), options: smallOptions())
      #expect(code { try otherLog.rollback(to: checkpoint, reason: "", by: "") } == .notFound)
      #expect(code { _ = try otherLog.state(at: checkpoint) } == .notFound)
      // Same numbers in another log are not the same checkpoint.
      try otherLog.transaction { _ in }.wait()
      let view = try #require(try otherLog.snapshot().state(ofSpace: "main"))
      #expect(code { _ = try view.state(at: checkpoint) } == .notFound)
      #expect(code { _ = try view.previewRollback(to: checkpoint) } == .notFound)
      try otherLog.close()
    }
  }

  @Test("Keys that are different are printed differently, and safely")
  func printableKeys() throws {
    for (key, printed) in [
      (bytes("city"), "city"), ([0xFF], "0xff"), (bytes("0xff"), "0x30786666"),
      (bytes("a\u{202E}\\"), #"a\u{202E}\\"#), (bytes("0"), "0"),
    ] {
      #expect(try StateKey(checking: "memory", key).printable == printed)
    }
  }

  @Test("A component that has no entries any more makes room for another at the next checkpoint")
  func componentLimit() throws {
    try withLog { log, _ in
      try log.transaction { state in
        for number in 0..<Limits.componentCount { try state.set([1], "c\(number)", "a") }
      }
      #expect(code { try log.transaction { try $0.set([1], "other", "a") } } == .tooLarge)
      try log.transaction { try $0.remove("c0", "a") }
      try log.checkpoint(label: "")
      try log.transaction { try $0.set([1], "other", "a") }
      #expect(try log.state.current.counts().count == Limits.componentCount)
    }
  }

  @Test("A rollback is refused while another thread's transaction is open")
  func rollbackDuringTransaction() throws {
    try withLog { log, _ in
      try log.transaction { try $0.set([1], "memory", "a") }
      let checkpoint = try log.checkpoint(label: "")
      let outcome = Locked<LogError.Code?>(nil)
      try log.transaction { state in
        try state.set([2], "memory", "a")
        let thread = BackgroundThread {
          let found = code { try log.rollback(to: checkpoint, reason: "", by: "") }
          outcome.withLock { $0 = found }
        }
        thread.join()
      }
      #expect(outcome.withLock { $0 } == .transactionOpen)
      #expect(try log.state.value("memory", "a") == [2])
    }
  }

  @Test("A large value is stored once, however many keys have it")
  func sharedValues() throws {
    try withLog { log, _ in
      let value = [UInt8](repeating: 5, count: 20_000)
      try log.transaction { state in
        try state.set(value, "memory", "a")
        try state.set(value, "memory", "b")
      }
      try log.transaction { try $0.set(value, "session", "c") }
      let view = try log.state.current
      #expect(try view.value("session", "c") == value)
      #expect(try view.value("memory", "b") == value)
      var count = 0
      try log.snapshot().records.forEach { if $0.kind == .stateValue { count += 1 } }
      #expect(count == 1)
    }
  }

  @Test("Empty values are stored once")
  func sharedEmptyValues() throws {
    try withLog { log, _ in
      for round in 0..<3 {
        try log.transaction { state in
          for key in 0..<3 { try state.set([], "index", [UInt8(round), UInt8(key)]) }
        }
      }
      #expect(try log.state.value("index", [2, 2]) == [])
      var count = 0
      try log.snapshot().records.forEach { if $0.kind == .stateValue { count += 1 } }
      #expect(count == 1)
    }
  }

  @Test("A walk of the keys that begin alike gives these alone, from the tree and from the changes")
  func prefixes() throws {
    try withLog { log, _ in
      let keys = ["a", "ab", "ab1", "ab2", "abc", "ac", "b"]
      for (index, key) in keys.enumerated() {
        if index == 3 { try log.checkpoint(label: "") }
        try log.transaction { state in
          try state.set([1], "memory", key)
          try state.set([1], "memories", key)
          try state.set([1], "x", key)
        }
      }
      try log.transaction { try $0.remove("memory", "ab1") }
      for prefix in ["a", "ab", "ab1", "abc", "abcd", "b", "c"] {
        let found = try log.state.current.entries(
          in: "memory", withPrefix: Array(prefix.utf8)
        ).map { String(decoding: try $0.get().key.key, as: UTF8.self) }
        #expect(found == keys.filter { $0.hasPrefix(prefix) && $0 != "ab1" }, "\(prefix)")
      }
    }
  }

  @Test("Another process reads the state and its checkpoints while it is written")
  func reader() throws {
    try withLog { log, path in
      try log.transaction { try $0.set([1], "memory", "a") }
      let checkpoint = try log.checkpoint(label: "one")
      try log.transaction { try $0.set([2], "memory", "a") }.wait()
      let snapshot = try LogReader.open(at: path).snapshot()
      let view = try #require(try snapshot.state(ofSpace: "main"))
      #expect(try view.value("memory", "a") == [2])
      let found = try view.checkpoint(at: checkpoint.sequence)
      #expect(found == checkpoint)
      #expect(try view.state(at: found).value("memory", "a") == [1])
      #expect(try view.previewRollback(to: found) == log.previewRollback(to: checkpoint))
      #expect(try snapshot.state(ofSpace: "other") == nil)
    }
  }

  @Test(
    "Opening a state reads what was changed since its last checkpoint, however much came before")
  func openingCost() throws {
    try withLog { log, _ in
      let space = try log.state
      for round in 0..<20 {
        try space.transaction { state in
          for number in 0..<100 { try state.set([UInt8(round)], "memory", "k\(number)") }
        }
        try space.checkpoint(label: "")
      }
      try space.transaction { try $0.set([99], "memory", "k0") }.wait()
      let (_, state) = try CurrentState.read(log.snapshot(), stream: space.stream)
      #expect(state.changes.count == 1)
      #expect(try log.stateSpace(named: "main").value("memory", "k0") == [99])
    }
  }

  @Test("Automatic checkpoints bound what is kept in memory and read at opening")
  func automaticCheckpoints() throws {
    let directory = try TemporaryDirectory()
    var options = smallOptions(.written)
    options.automaticCheckpointChangeCount = 64
    let log = try Log.create(at: directory.path(of: "log"), options: options)
    let space = try log.state
    for number in 0..<1000 {
      let receipt = try space.transaction { try $0.set([1], "memory", "k\(number)") }
      #expect(receipt.sequence == space.version, "the receipt is that of the changes")
      #expect(space.current.state.changes.count < 64)
    }
    #expect(try space.checkpoints.reduce(0) { try $0 + ($1.get().isAutomatic ? 1 : 0) } >= 15)
    #expect(try space.current.counts() == ["memory": 1000])
    try log.close()
  }
}
