/// The components of a mission's state that have its memory; a rollback takes all of them back in one.
package enum MemoryComponent {
  /// What is remembered, by key.
  package static let entries = "memory"
  /// Where each entry stands in the index, in the order of keys.
  package static let keys = "memory.key"
  /// Who has a tag, the newest first.
  package static let tags = "memory.tag"
  /// Who has a word, the newest first.
  package static let words = "memory.word"
}
