/// What is looked for in a memory; everything that is given has to hold.
public struct MemoryQuery: Hashable, Sendable {
  /// The one key.
  public var key: String?
  /// How the key begins, by bytes of UTF-8.
  public var prefix: String?
  /// Tags that the entry has, all of them.
  public var tags: [String]
  /// Words of the key or of the text, of which the entry has one at least; at most 32 different ones.
  ///
  /// Entries that have more of them come first.
  public var words: String?

  /// What is given; everything if nothing is.
  public init(
    key: String? = nil, prefix: String? = nil, tags: [String] = [], words: String? = nil
  ) {
    self.key = key
    self.prefix = prefix
    self.tags = tags
    self.words = words
  }

  /// The entry of that key.
  public static func key(_ key: String) -> MemoryQuery { MemoryQuery(key: key) }
  /// Entries whose keys begin so.
  public static func prefix(_ prefix: String) -> MemoryQuery { MemoryQuery(prefix: prefix) }
  /// Entries that have all of the tags.
  public static func tags(_ tags: String...) -> MemoryQuery { MemoryQuery(tags: tags) }
  /// Entries that have at least one of the words.
  public static func words(_ words: String) -> MemoryQuery { MemoryQuery(words: words) }

  /// How many entries one recall gives at most.
  package static let limits = 1...1000

  /// Refuses what nothing could be found by.
  package func validate(limit: Int) throws(GovernorError) {
    if let key { try MemoryNames.check(key: key) }
    if let prefix { try MemoryNames.check(prefix: prefix) }
    _ = try MemoryNames.checked(tags: tags)
    let count = foldedWords?.count ?? 1
    guard (1...MemoryWords.queryLimit).contains(count) else {
      throw GovernorError(
        .invalid,
        "a query has 1 to \(MemoryWords.queryLimit) different words of letters or digits, this one has \(count)"
      )
    }
    guard Self.limits.contains(limit) else {
      throw GovernorError(
        .invalid, "a recall gives 1 to \(Self.limits.upperBound) entries, not \(limit)")
    }
  }

  /// The words as the index has them.
  var foldedWords: [String]? { words.map { MemoryWords.words(of: $0) } }
}
