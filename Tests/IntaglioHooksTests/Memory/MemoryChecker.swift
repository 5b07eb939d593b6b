import Intaglio
import IntaglioFormat
import IntaglioHooks
import IntaglioTestSupport
import Testing

/// Makes the index anew of the entries, as the article Memory says it to the byte, and compares it with what the state has.
struct MemoryChecker {
  let view: StateView

  func check(_ comment: Comment? = nil) throws {
    var rows: [[UInt8]: [UInt8]] = [:]
    var tags: Set<[UInt8]> = []
    var words: Set<[UInt8]> = []
    for result in try view.entries(in: "memory") {
      let key = String(decoding: try result.get().key.key, as: UTF8.self)
      let entry = try #require(try MemoryReader(view).entry(key), comment)
      let name = Array(key.utf8)
      let time = bigEndian(~entry.time.nanoseconds)
      let expires = bigEndian(entry.expires?.nanoseconds ?? 0)
      let posting = time + name + [0] + expires
      let digests = self.digests(of: entry)
      var value = [UInt8(entry.tags.count)]
      for tag in entry.tags {
        value += [UInt8(tag.utf8.count)] + Array(tag.utf8)
        tags.insert(Array(tag.utf8) + [0] + posting)
      }
      for digest in digests { words.insert(digest + posting) }
      rows[name + [0] + time + expires] =
        value + digests.sorted { $0.lexicographicallyPrecedes($1) }.flatMap(\.self)
    }
    var found: [[UInt8]: [UInt8]] = [:]
    for result in try view.entries(in: "memory.key") {
      let entry = try result.get()
      found[entry.key.key] = try view.value(of: entry)
    }
    #expect(found == rows, comment)
    #expect(try keys("memory.tag") == tags, comment)
    #expect(try keys("memory.word") == words, comment)
  }

  private func keys(_ component: String) throws -> Set<[UInt8]> {
    var keys: Set<[UInt8]> = []
    for result in try view.entries(in: component) {
      let entry = try result.get()
      #expect(entry.valueByteCount == 0)
      keys.insert(entry.key.key)
    }
    return keys
  }

  private func digests(of entry: MemoryEntry) -> [[UInt8]] {
    var words = MemoryWords.words(of: entry.key)
    if case .text(let text) = entry.value {
      words += MemoryWords.words(of: text).filter { !words.contains($0) }
    }
    return words.prefix(256).map { word in
      let digest = SHA256.hash(
        Array("intaglio/v1 memory word\n".utf8) + view.salt.bytes + Array(word.utf8))
      return Array(digest.bytes.prefix(16))
    }
  }

  private func bigEndian(_ value: UInt64) -> [UInt8] {
    stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> $0) }
  }
}

/// The memory of a mission as a log of a store has it.
extension TestStore {
  func memory(ofMission mission: String, log: Int = 0) throws -> StateView? {
    try LogReader.open(
      at: path.appending(String(log)), includingUnsynced: true, access: .copied
    ).snapshot().state(ofSpace: "mission/" + mission)
  }

  /// Opens the store with a clock that a test moves.
  func open(at clock: TestClock, policy: String? = nil) async throws -> Governor {
    var surroundings = Surroundings()
    surroundings.clock = clock.clock
    return try await open(policy: policy, surroundings: surroundings)
  }
}

extension [MemoryEntry] {
  var keys: [String] { map(\.key) }
}
