import IntaglioFormat
import IntaglioHooks
import IntaglioTestSupport

/// A memory as a plain dictionary, recalled by looking at everything.
struct MemoryModel {
  var entries: [String: MemoryEntry] = [:]

  func recall(_ query: MemoryQuery, limit: Int, at now: Timestamp) -> [String] {
    let words = query.words.map { Set(MemoryWords.words(of: $0)) }
    var found: [(entry: MemoryEntry, count: Int)] = []
    for entry in entries.values where entry.expires.map({ $0 > now }) ?? true {
      guard query.key.map({ $0 == entry.key }) ?? true,
        query.prefix.map({ entry.key.hasPrefix($0) }) ?? true,
        query.tags.allSatisfy(entry.tags.contains)
      else { continue }
      var text = entry.key
      if case .text(let value) = entry.value { text += "\n" + value }
      let count = words.map { $0.intersection(MemoryWords.words(of: text)).count } ?? 0
      if words == nil || count > 0 { found.append((entry, count)) }
    }
    found.sort { lhs, rhs in
      if lhs.count != rhs.count { return lhs.count > rhs.count }
      if lhs.entry.time != rhs.entry.time { return lhs.entry.time > rhs.entry.time }
      return lhs.entry.key < rhs.entry.key
    }
    return found.prefix(limit).map(\.entry.key)
  }
}

/// What random agents remember and look for: few keys, tags and words, so that they meet.
struct RandomMemory {
  var generator: SeededGenerator

  mutating func key() -> String { pick(["a", "b", "ab"]) + pick(["", "/1", "/2", "/3", "/10"]) }
  mutating func tag() -> String { pick(["x", "y", "xy", "z"]) }

  mutating func text() -> String {
    (0..<Int.random(in: 0...6, using: &generator)).map { _ in word() }.joined(separator: " ")
  }

  mutating func word() -> String {
    pick(["red", "Red", "house", "blue", "sea", "a", "b", "1", "10", "boat", "ärger"])
  }

  mutating func entry(at now: Timestamp) -> MemoryEntry {
    let value: MemoryValue =
      switch Int.random(in: 0..<10, using: &generator) {
      case 0: .bytes(Array(text().utf8))
      case 1: .reference(MemoryReference(kind: "file", id: word()))
      default: .text(text())
      }
    let lifetime = UInt64.random(in: 1...20, using: &generator)
    let tags = Set((0..<Int.random(in: 0...3, using: &generator)).map { _ in tag() })
    return MemoryEntry(
      key: key(), value: value, tags: tags.sorted(), time: now,
      expires: chance(3) ? Timestamp(nanoseconds: now.nanoseconds + lifetime) : nil, run: "r",
      agent: "a", salt: String(generator.next(), radix: 16))
  }

  mutating func query() -> MemoryQuery {
    var query = MemoryQuery()
    if chance(10) { query.key = key() }
    if chance(3) { query.prefix = pick(["", "a", "a/", "ab/1", "b", "c"]) }
    if chance(3) { query.tags = (0..<Int.random(in: 1...3, using: &generator)).map { _ in tag() } }
    if chance(2) {
      query.words = (0..<Int.random(in: 1...4, using: &generator)).map { _ in word() }
        .joined(separator: ",")
    }
    return query
  }

  mutating func chance(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &generator) == 0 }

  mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements.randomElement(using: &generator)!
  }
}
