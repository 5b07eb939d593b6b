internal import Intaglio
internal import IntaglioFormat
internal import IntaglioState

/// What the index has a list for: a tag, or a word.
struct IndexTerm: Hashable, Sendable {
  let component: String
  /// How the keys of the list begin; behind it stands the posting.
  let prefix: [UInt8]

  /// The tag, a zero byte: no tag has one.
  static func tag(_ tag: String) -> IndexTerm {
    IndexTerm(component: MemoryComponent.tags, prefix: Array(tag.utf8) + [0])
  }

  /// By its digest: no word of a value that was erased can be read in the index.
  static func word(_ digest: [UInt8]) -> IndexTerm {
    IndexTerm(component: MemoryComponent.words, prefix: digest)
  }

  static let digestByteCount = 16

  /// The first 16 bytes of SHA-256(`intaglio/v1 memory word\n` ‖ the space's salt ‖ word).
  static func digest(ofWord word: String, _ salt: StateSalt) -> [UInt8] {
    let digest = SHA256.hash(
      (Array("intaglio/v1 memory word\n".utf8) + salt.bytes).rawSpan, Array(word.utf8).rawSpan)
    return Array(digest.bytes.prefix(digestByteCount))
  }

  /// The key under which `posting` stands in the list.
  func key(_ posting: Posting) -> [UInt8] { prefix + posting.bytes }
}
