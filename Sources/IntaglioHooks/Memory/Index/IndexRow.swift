internal import Intaglio
internal import IntaglioFormat
internal import IntaglioState

/// Where an entry stands in the index: a key of the component `memory.key`, and as its value the lists that have the entry.
///
/// ```text
/// key       the entry's key, 1 byte 0
///           8 bytes   the bits of its time, inverted, big-endian
///           8 bytes   when it expires, big-endian; 0 for never
/// value     1 byte    how many tags
///           each tag: 1 byte of length, the tag
///           16 bytes for each word: its digest, ascending
/// ```
/// So an entry can be taken out of the index without reading it: also when its value was erased, and
/// when a later version folds words otherwise.
struct IndexRow: Hashable, Sendable {
  let posting: Posting
  let tags: [String]
  /// The digests of the words, joined.
  let words: [UInt8]

  /// The row of `entry` in the space of `salt`.
  init(_ entry: MemoryEntry, _ salt: StateSalt) {
    posting = Posting(key: Array(entry.key.utf8), time: entry.time, expires: entry.expires)
    tags = entry.tags
    var texts = [entry.key]
    if case .text(let text) = entry.value { texts.append(text) }
    words = MemoryWords.words(of: texts, limit: MemoryWords.entryLimit)
      .map { IndexTerm.digest(ofWord: $0, salt) }
      .sorted { $0.lexicographicallyPrecedes($1) }.flatMap(\.self)
  }

  /// The row that the state has as `key` and `value`, or nil if it is none.
  init?(key: [UInt8], value: [UInt8]) {
    guard let posting = Self.posting(key) else { return nil }
    var tags: [String] = []
    var offset = 1
    for _ in 0..<Int(value.first ?? 0) {
      guard offset < value.count else { return nil }
      let end = offset + 1 + Int(value[offset])
      guard end <= value.count else { return nil }
      tags.append(String(decoding: value[(offset + 1)..<end], as: UTF8.self))
      offset = end
    }
    guard !value.isEmpty, (value.count - offset).isMultiple(of: IndexTerm.digestByteCount) else {
      return nil
    }
    self.posting = posting
    self.tags = tags
    words = Array(value[offset...])
  }

  /// What the key of a row says by itself.
  static func posting(_ key: [UInt8]) -> Posting? {
    guard key.count > 17, key[key.count - 17] == 0 else { return nil }
    let expires = key.bigEndian(at: key.count - 8)
    return Posting(
      key: Array(key[..<(key.count - 17)]),
      time: Timestamp(nanoseconds: ~key.bigEndian(at: key.count - 16)),
      expires: expires == 0 ? nil : Timestamp(nanoseconds: expires))
  }

  static func key(_ posting: Posting) -> [UInt8] {
    posting.key + [0] + posting.bytes[..<8] + posting.bytes[(posting.bytes.count - 8)...]
  }

  var key: [UInt8] { Self.key(posting) }

  var value: [UInt8] {
    var value = [UInt8(tags.count)]
    for tag in tags {
      value.append(UInt8(tag.utf8.count))
      value.append(contentsOf: tag.utf8)
    }
    return value + words
  }

  /// The lists that have the entry.
  var terms: [IndexTerm] {
    let size = IndexTerm.digestByteCount
    return tags.map(IndexTerm.tag)
      + stride(from: 0, to: words.count, by: size).map { .word(Array(words[$0..<($0 + size)])) }
  }

  func contains(_ term: IndexTerm) -> Bool { terms.contains(term) }
}
