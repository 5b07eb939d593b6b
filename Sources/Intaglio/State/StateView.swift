internal import HashTreeCollections
public import IntaglioFormat
public import IntaglioState

/// A state space as it was at a moment: the current state, or that of a checkpoint.
///
/// It never changes. Taking one costs the same at any size; reading costs what it touches. It may be kept and used from any thread, and keeps
/// the files that it needs open.
public struct StateView: Sendable {
  let records: StateRecords
  let state: CurrentState

  /// The version of the state: the last record that had changed it, or the one that made the space.
  ///
  /// Give it to a transaction or rollback to have it refused if the state has changed since.
  public var version: SequenceNumber { state.version }

  /// What the space mixes into its value ids; not a secret.
  public var salt: StateSalt { records.space.salt }

  /// The name of the state space.
  public var space: String { records.space.name }

  /// The value of `key` in `component`, or nil if there is none.
  ///
  /// - Throws: `invalid` for a key that cannot be one; `erased` if the value was lawfully erased; `damaged`, `storage`.
  public func value(_ component: String, _ key: [UInt8]) throws(LogError) -> [UInt8]? {
    try entry(StateKey(checking: component, key)).map { entry throws(LogError) in
      try value(of: entry)
    }
  }

  /// The value of the key that is `key` in UTF-8; as `value(_:_:)` for bytes.
  public func value(_ component: String, _ key: String) throws(LogError) -> [UInt8]? {
    try value(component, Array(key.utf8))
  }

  /// The bytes of an entry's value.
  public func value(of entry: StateEntry) throws(LogError) -> [UInt8] {
    try records.value(of: entry)
  }

  /// What the state holds under `key`, without the value itself; nil if nothing.
  public func entry(_ key: StateKey) throws(LogError) -> StateEntry? {
    if let changed = state.changes[key] { return changed }
    return try readingState { () throws(StateError) in try tree.entry(for: key) }
  }

  /// The entries in the order of their keys.
  ///
  /// - Parameters:
  ///   - component: only those of this component, if given.
  ///   - key: only those from this key of the component on, if given.
  public func entries(
    in component: String? = nil, from key: [UInt8]? = nil
  ) throws(LogError) -> StateEntrySequence {
    try StateEntrySequence(self, component, key)
  }

  /// The entries of `component` whose keys begin with `prefix`, of 1 to 1,024 bytes, in the order of their keys.
  package func entries(
    in component: String, withPrefix prefix: [UInt8]
  ) throws(LogError) -> StateEntrySequence {
    try StateEntrySequence(self, component, prefix, prefix: prefix)
  }

  /// How many entries the state has, by component; those without entries are left out.
  ///
  /// Costs the changes since the newest checkpoint, and the number of components.
  public func counts() throws(LogError) -> [String: Int] {
    let prospect = try prospect()
    return try readingState { () throws(StateError) in
      Dictionary(
        try prospect.tree.entryCountsByComponent().map {
          ($0.component, Int(clamping: $0.entryCount))
        },
        uniquingKeysWith: +)
    }
  }

  /// The id of the state's root: states of a space are equal if their roots are.
  ///
  /// Costs the changes since the newest checkpoint.
  public func root() throws(LogError) -> Digest { try prospect().root.id }

  /// Proves to somebody who knows only the root that `key` has its value, or has none.
  ///
  /// `StateProof.check` needs no log; `salt` makes the value's id of the value. Costs a lookup, and the changes since
  /// the newest checkpoint.
  public func proof(of key: StateKey) throws(LogError) -> StateProof {
    let prospect = try prospect()
    return try readingState { () throws(StateError) in try prospect.tree.proof(of: key) }
  }

  /// Calls `body` with each key that this state and `other` of the same space have differently, in the order of keys.
  ///
  /// Costs what differs, not the size of the states. `old` is what this state has, `new` what `other` has.
  public func forEachDifference(
    to other: StateView, _ body: (StateDifference) throws -> Void
  ) throws {
    guard records.space.stream == other.records.space.stream,
      records.space.log == other.records.space.log
    else {
      throw LogError(
        .invalid,
        "\(space) and \(other.space) are different state spaces: only states of one can be compared"
      )
    }
    let mine = try prospect()
    let others = try other.prospect()
    var differences = mine.tree.differences(to: others.tree)
    while true {
      let next = try readingState { () throws(StateError) in try differences.next() }
      guard let next else { return }
      try body(next)
    }
  }

  /// The tree of the newest root, without the changes since.
  private var tree: StateTree { StateTree(root: state.root, salt: records.space.salt, in: records) }

  /// The tree that a checkpoint of this state would have, without writing it.
  func prospect() throws(LogError) -> StateProspect {
    guard !state.changes.isEmpty else {
      return StateProspect(tree: tree, root: state.root, update: nil)
    }
    let changes = state.sortedChanges
    return try readingState { () throws(StateError) in
      let update = try tree.applying(changes)
      let (root, store) = PendingNodes.preview(update, over: records)
      return StateProspect(
        tree: StateTree(root: root, salt: records.space.salt, in: store), root: root, update: update
      )
    }
  }
}

/// A state's tree as it would be appended.
struct StateProspect {
  let tree: StateTree
  let root: StateRoot
  /// What has to be appended for it; nil if all of it is in the log.
  let update: StateUpdate?
}

extension StateKey {
  /// The key, or the engine's error that says what is allowed.
  init(checking component: String, _ key: [UInt8]) throws(LogError) {
    guard let valid = StateKey(component: component, key: key) else {
      throw LogError(
        .invalid,
        "a state's component has 1 to 64 printable ASCII characters and its key 1 to 1024 bytes; these have \(component.utf8.count) and \(key.count)"
      )
    }
    self = valid
  }

  /// The key within the component for the message of an error, which is escaped as a whole.
  package var messageText: String { String(validating: key, as: UTF8.self) ?? printable }

  /// The key within the component for people: as text if it is, else in hexadecimal digits behind `0x`.
  ///
  /// Text that begins so itself is written in digits too: no two keys look alike.
  package var printable: String {
    guard let text = String(validating: key, as: UTF8.self), !text.utf8.starts(with: "0x".utf8)
    else { return "0x" + key.hex }
    return escaped(text)
  }
}
