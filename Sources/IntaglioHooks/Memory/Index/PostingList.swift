internal import Intaglio
internal import IntaglioFormat
internal import IntaglioState

/// The entries that have one tag or word, in the order of rank, read as they are asked for.
///
/// A list that is longer than anybody wants to walk is only asked whether it has an entry.
struct PostingList {
  /// Nil for a list that is given whole.
  private let term: IndexTerm?
  private let view: StateView
  /// Nil once the list is only asked.
  private var iterator: StateEntrySequence.Iterator?
  private var given: ArraySlice<Posting> = []
  /// Whether it is only asked, and not walked.
  private(set) var isLookup = false
  /// The next of the list; nil at its end.
  private(set) var head: Posting?
  private(set) var readCount = 0

  init(_ term: IndexTerm, in view: StateView) throws(LogError) {
    self.term = term
    self.view = view
    iterator = try view.entries(in: term.component, withPrefix: term.prefix).makeIterator()
    try advance()
  }

  /// A list of the given postings in the order of rank.
  init(_ postings: [Posting], in view: StateView) {
    term = nil
    self.view = view
    head = postings.first
    given = postings.dropFirst()
  }

  /// Whether nothing is left to be found in it.
  var isExhausted: Bool { head == nil && !isLookup }

  /// Whether it can be asked for single entries.
  var canLookUp: Bool { term != nil }

  mutating func advance() throws(LogError) {
    guard let term else {
      head = given.popFirst()
      return
    }
    readCount += 1
    head = try iterator?.next()?.get().key.key.posting(behind: term)
  }

  /// Walks to the first posting that is not before `posting`; stops once `limit` of the list were read.
  mutating func advance(to posting: Posting, limit: Int) throws(LogError) {
    while let current = head, current < posting, readCount < limit { try advance() }
  }

  mutating func becomeLookup() {
    isLookup = true
    iterator = nil
    head = nil
  }

  /// Whether the list has `posting`, which is not before where it stands.
  func contains(_ posting: Posting) throws(LogError) -> Bool {
    guard isLookup, let term,
      let key = StateKey(component: term.component, key: term.key(posting))
    else { return head == posting }
    return try view.entry(key) != nil
  }
}

extension [UInt8] {
  /// The posting in this key of the list of `term`.
  fileprivate func posting(behind term: IndexTerm) throws(LogError) -> Posting {
    guard let posting = Posting(self, behind: term.prefix.count) else {
      throw LogError(
        .invalid,
        "the component \(term.component) of the state is the memory's index, and a program has set a key of its own in it, which has to be removed: \(hex)"
      )
    }
    return posting
  }
}
