internal import IntaglioFormat

/// What may be a key of a memory, and what a tag.
enum MemoryNames {
  static let keyByteLimit = 512
  static let tagByteLimit = 64
  static let tagLimit = 16

  static func check(key: String) throws(GovernorError) {
    try check(key, "a memory's key", keyByteLimit)
  }

  static func check(prefix: String) throws(GovernorError) {
    if !prefix.isEmpty { try check(prefix, "the beginning of a memory's key", keyByteLimit) }
  }

  /// The tags in the order of their bytes, each once.
  static func checked(tags: [String]) throws(GovernorError) -> [String] {
    for tag in tags { try check(tag, "a memory's tag", tagByteLimit) }
    // By bytes: tags that Unicode calls equivalent are two.
    let unique = Set(tags.map { Array($0.utf8) }).sorted { $0.lexicographicallyPrecedes($1) }
    guard unique.count <= tagLimit else {
      throw GovernorError(
        .invalid, "a memory has at most \(tagLimit) tags, and \(unique.count) were given")
    }
    return unique.map { String(decoding: $0, as: UTF8.self) }
  }

  private static func check(
    _ text: String, _ what: String, _ limit: Int
  ) throws(GovernorError) {
    guard (1...limit).contains(text.utf8.count),
      text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
    else {
      throw GovernorError(
        .invalid,
        "\(what) takes 1 to \(limit) bytes of UTF-8 without control characters; this one has \(text.utf8.count)"
      )
    }
  }
}
