internal import Intaglio
internal import IntaglioFormat

/// Walks several lists of the index side by side and finds the entries that rank highest.
///
/// All lists are in the order of rank, the newest first. An entry has to be in all that are required, and, if there are
/// words, in one list of words at least; the more of these have it the higher it ranks. The walk ends as soon as nothing behind can
/// rank among the wanted any more.
struct PostingWalk {
  /// A found entry and how many of the words it has.
  struct Match: Comparable {
    let posting: Posting
    let wordCount: Int

    /// Whether `lhs` ranks higher.
    static func < (lhs: Match, rhs: Match) -> Bool {
      lhs.wordCount == rhs.wordCount ? lhs.posting < rhs.posting : lhs.wordCount > rhs.wordCount
    }
  }

  var required: [PostingList]
  var words: [PostingList]
  /// How many entries are wanted.
  let limit: Int
  let effort: IndexEffort
  /// What else has to hold of an entry.
  let isWanted: (Posting) -> Bool

  /// How many postings the required lists were led to.
  private var targetCount = 0

  init(
    required: [PostingList], words: [PostingList], limit: Int, effort: IndexEffort,
    isWanted: @escaping (Posting) -> Bool
  ) {
    self.required = required
    self.words = words
    self.limit = limit
    self.effort = effort
    self.isWanted = isWanted
  }

  private var hasWords: Bool { !words.isEmpty }

  /// How much of a list is walked: where others lead, no more than asking for what they lead to would cost.
  private var walkLimit: Int {
    required.isEmpty
      ? effort.readLimit : effort.skipLimit + effort.lookupCost * targetCount
  }

  /// The highest-ranking entries, the highest first.
  mutating func matches() throws(LogError) -> [Match] {
    var best = TopMatches(limit: limit)
    while let posting = try nextCandidate() {
      let wordCount = try countWords(posting)
      if wordCount > 0 || !hasWords, isWanted(posting), try isInLookups(posting) {
        best.insert(Match(posting: posting, wordCount: wordCount))
      }
      // Whatever comes later is older: it could rank higher by more words alone.
      let reachable = words.count { !$0.isExhausted }
      if best.isFull, best.leastWordCount >= reachable { break }
      try step(over: posting)
    }
    return best.matches
  }

  /// The next posting that all walked lists which are required have; without these the next of any list of words.
  private mutating func nextCandidate() throws(LogError) -> Posting? {
    guard !required.isEmpty else { return words.compactMap(\.head).min() }
    while true {
      guard !required.contains(where: \.isExhausted), let target = required.compactMap(\.head).max()
      else { return nil }
      targetCount += 1
      for index in required.indices where !required[index].isLookup {
        let limit = walkedCount > 1 ? walkLimit : .max
        try Self.advance(&required[index], to: target, limit: limit)
      }
      if required.allSatisfy({ $0.isLookup || $0.head == target }) { return target }
    }
  }

  private var walkedCount: Int { required.count { !$0.isLookup } }

  /// Goes on to `target`; gives the walk up once so much of the list was read.
  private static func advance(
    _ list: inout PostingList, to target: Posting, limit: Int
  ) throws(LogError) {
    let limit = list.canLookUp ? limit : .max
    try list.advance(to: target, limit: limit)
    if list.readCount >= limit { list.becomeLookup() }
  }

  private func isInLookups(_ posting: Posting) throws(LogError) -> Bool {
    for list in required where list.isLookup {
      guard try list.contains(posting) else { return false }
    }
    return true
  }

  private mutating func countWords(_ posting: Posting) throws(LogError) -> Int {
    var count = 0
    let limit = walkLimit
    for index in words.indices {
      if !words[index].isLookup {
        try Self.advance(&words[index], to: posting, limit: limit)
      }
      if try words[index].contains(posting) { count += 1 }
    }
    return count
  }

  /// Leaves `posting` behind.
  private mutating func step(over posting: Posting) throws(LogError) {
    for index in required.indices where required[index].head == posting {
      try required[index].advance()
    }
    let limit = walkLimit
    for index in words.indices where words[index].head == posting {
      try words[index].advance()
      if words[index].readCount >= limit { words[index].becomeLookup() }
    }
  }
}

/// The highest-ranking matches so far.
struct TopMatches {
  let limit: Int
  private(set) var matches: [PostingWalk.Match] = []

  init(limit: Int) { self.limit = limit }

  var isFull: Bool { matches.count == limit }
  /// The words that the lowest of them has.
  var leastWordCount: Int { matches.last?.wordCount ?? 0 }

  mutating func insert(_ match: PostingWalk.Match) {
    if isFull {
      guard match < matches[limit - 1] else { return }
      matches.removeLast()
    }
    var lower = 0
    var upper = matches.count
    while lower < upper {
      let middle = (lower + upper) / 2
      if match < matches[middle] { upper = middle } else { lower = middle + 1 }
    }
    matches.insert(match, at: lower)
  }
}
