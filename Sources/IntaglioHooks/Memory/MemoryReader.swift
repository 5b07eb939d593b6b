package import Intaglio
package import IntaglioFormat
internal import IntaglioState

/// Recalls what a mission remembers from a view of its state, with or without a run.
///
/// Reads the index, and then only the entries that it gives.
package struct MemoryReader: Sendable {
  let view: StateView
  let effort: IndexEffort

  package init(_ view: StateView, effort: IndexEffort = IndexEffort()) {
    self.view = view
    self.effort = effort
  }

  /// The entries that `query` finds, the highest-ranking first: by how many of the words they have, then the newest, then by key.
  ///
  /// - Parameters:
  ///   - limit: how many at most, in 1...1000.
  ///   - now: what has expired then is not found.
  /// - Precondition: the query was validated.
  package func recall(
    _ query: MemoryQuery, limit: Int, at now: Timestamp
  ) throws(LogError) -> [MemoryEntry] {
    if let key = query.key { return try recall(key, query, at: now) }
    var entries: [MemoryEntry] = []
    for match in try matches(query, limit: limit, at: now) {
      let key = String(decoding: match.posting.key, as: UTF8.self)
      if let entry = try readable(key) { entries.append(entry) }
    }
    return entries
  }

  /// The entry of `key`, whether or not it has expired; nil if there is none.
  ///
  /// - Throws: `erased` if its value was lawfully erased.
  package func entry(_ key: String) throws(LogError) -> MemoryEntry? {
    guard let bytes = try view.value(MemoryComponent.entries, key) else { return nil }
    return try MemoryEntry(key: key, decoding: bytes)
  }

  /// As `entry(_:)`; what was erased is not there.
  private func readable(_ key: String) throws(LogError) -> MemoryEntry? {
    do throws(LogError) { return try entry(key) } catch {
      if error.code == .erased { return nil }
      throw error
    }
  }

  private func recall(
    _ key: String, _ query: MemoryQuery, at now: Timestamp
  ) throws(LogError) -> [MemoryEntry] {
    guard query.prefix.map({ key.utf8.starts(with: $0.utf8) }) ?? true,
      let entry = try readable(key), !entry.isExpired(at: now)
    else { return [] }
    guard !query.tags.isEmpty || query.words != nil else { return [entry] }
    let row = IndexRow(entry, view.salt)
    guard query.tags.allSatisfy({ row.contains(.tag($0)) }) else { return [] }
    let words = wordTerms(query)
    return words.isEmpty || words.contains(where: row.contains) ? [entry] : []
  }

  private func matches(
    _ query: MemoryQuery, limit: Int, at now: Timestamp
  ) throws(LogError) -> [PostingWalk.Match] {
    let prefix = Array((query.prefix ?? "").utf8)
    let words = wordTerms(query)
    let isWanted = { (posting: Posting) in
      posting.key.starts(with: prefix) && posting.expires.map { $0 > now } ?? true
    }
    guard !query.tags.isEmpty || !words.isEmpty else {
      return try matches(withPrefix: prefix, limit: limit, isWanted)
    }
    var required: [PostingList] = []
    if let few = try fewPostings(withPrefix: prefix) { required.append(PostingList(few, in: view)) }
    for tag in Set(query.tags.map(IndexTerm.tag)) {
      required.append(try PostingList(tag, in: view))
    }
    var lists: [PostingList] = []
    for word in words { lists.append(try PostingList(word, in: view)) }
    var walk = PostingWalk(
      required: required, words: lists, limit: limit, effort: effort, isWanted: isWanted)
    return try walk.matches()
  }

  private func wordTerms(_ query: MemoryQuery) -> [IndexTerm] {
    (query.foldedWords ?? []).map { .word(IndexTerm.digest(ofWord: $0, view.salt)) }
  }

  /// All whose keys begin so are read, and the newest kept.
  private func matches(
    withPrefix prefix: [UInt8], limit: Int, _ isWanted: (Posting) -> Bool
  ) throws(LogError) -> [PostingWalk.Match] {
    var best = TopMatches(limit: limit)
    for result in try rows(withPrefix: prefix) {
      let posting = try posting(try result.get())
      if isWanted(posting) { best.insert(PostingWalk.Match(posting: posting, wordCount: 0)) }
    }
    return best.matches
  }

  /// Those whose keys begin so in the order of rank, if they are few; nil if they are many or all.
  private func fewPostings(withPrefix prefix: [UInt8]) throws(LogError) -> [Posting]? {
    guard !prefix.isEmpty else { return nil }
    var postings: [Posting] = []
    for result in try rows(withPrefix: prefix) {
      guard postings.count < effort.prefixLimit else { return nil }
      postings.append(try posting(try result.get()))
    }
    return postings.sorted()
  }

  private func rows(withPrefix prefix: [UInt8]) throws(LogError) -> StateEntrySequence {
    prefix.isEmpty
      ? try view.entries(in: MemoryComponent.keys)
      : try view.entries(in: MemoryComponent.keys, withPrefix: prefix)
  }

  private func posting(_ row: StateEntry) throws(LogError) -> Posting {
    guard let posting = IndexRow.posting(row.key.key) else {
      throw LogError(
        .invalid,
        "the component \(MemoryComponent.keys) of the state is the memory's index, and a program has set a key of its own in it, which has to be removed: \(row.key.key.hex)"
      )
    }
    return posting
  }
}
