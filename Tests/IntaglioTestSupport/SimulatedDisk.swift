internal import SystemPackage

/// Files and directories as processes see them, and as the disk is sure to hold them.
struct SimulatedDisk: Sendable {
  typealias NodeID = Int
  /// Per directory: what its names stand for.
  typealias Names = [NodeID: [String: NodeID]]

  /// One atomic change of names.
  struct NameChange: Sendable {
    struct Entry: Sendable {
      var directory: NodeID
      var name: String
      /// Nil where the name goes away.
      var node: NodeID?
    }

    var entries: [Entry]

    func touches(_ directory: NodeID) -> Bool { entries.contains { $0.directory == directory } }

    func apply(to names: inout Names) {
      for entry in entries { names[entry.directory, default: [:]][entry.name] = entry.node }
    }
  }

  static let root: NodeID = 0

  var files: [NodeID: SimulatedFile] = [:]
  var descriptors: [CInt: NodeID] = [:]
  private(set) var names: Names = [root: [:]]
  private var durableNames: Names = [root: [:]]
  /// Changes that no sync of a directory has made durable, oldest first.
  private var pending: [NameChange] = []
  private var lastNode = root

  func isDirectory(_ node: NodeID) -> Bool { names[node] != nil }

  /// What the components, from the root on, lead to.
  func node(at components: some Sequence<String>) -> NodeID? {
    var node = Self.root
    for component in components {
      guard let next = names[node]?[component] else { return nil }
      node = next
    }
    return node
  }

  // MARK: What the process does

  mutating func makeFile(_ name: String, in directory: NodeID) -> NodeID {
    lastNode += 1
    files[lastNode] = SimulatedFile()
    change([.init(directory: directory, name: name, node: lastNode)])
    return lastNode
  }

  mutating func makeDirectory(_ name: String, in directory: NodeID) {
    lastNode += 1
    names[lastNode] = [:]
    durableNames[lastNode] = [:]
    change([.init(directory: directory, name: name, node: lastNode)])
  }

  mutating func remove(_ name: String, from directory: NodeID) {
    change([.init(directory: directory, name: name, node: nil)])
  }

  mutating func rename(
    _ name: String, in directory: NodeID, to newName: String, in newDirectory: NodeID
  ) {
    guard let node = names[directory]?[name] else { return }
    change([
      .init(directory: directory, name: name, node: nil),
      .init(directory: newDirectory, name: newName, node: node),
    ])
  }

  private mutating func change(_ entries: [NameChange.Entry]) {
    let change = NameChange(entries: entries)
    change.apply(to: &names)
    pending.append(change)
  }

  /// Takes over what was there before: all of it is durable.
  mutating func adopt(file: SimulatedFile, _ name: String, in directory: NodeID) {
    lastNode += 1
    files[lastNode] = file
    names[directory]![name] = lastNode
    durableNames[directory]![name] = lastNode
  }

  mutating func adoptDirectory(_ name: String, in directory: NodeID) -> NodeID {
    lastNode += 1
    (names[lastNode], durableNames[lastNode]) = ([:], [:])
    names[directory]![name] = lastNode
    durableNames[directory]![name] = lastNode
    return lastNode
  }

  mutating func synchronize(directory: NodeID) {
    for change in pending where change.touches(directory) { change.apply(to: &durableNames) }
    pending.removeAll { $0.touches(directory) }
  }

  // MARK: After the power cut

  /// The names as they may be found: those of before a sync, and of the changes since then the first ones.
  ///
  /// A change that did not arrive keeps back all later ones, or only those of its directories.
  func survivingNames(
    chance: Double, order: MetadataOrder, using generator: inout some RandomNumberGenerator
  ) -> Names {
    var result = durableNames
    var stopped: Set<NodeID> = []
    for change in pending {
      let directories = change.entries.map(\.directory)
      let isStopped =
        switch order {
        case .journal: !stopped.isEmpty
        case .perDirectory: !stopped.isDisjoint(with: directories)
        }
      if isStopped || Double.random(in: 0..<1, using: &generator) >= chance {
        stopped.formUnion(directories)
      } else {
        change.apply(to: &result)
      }
    }
    return result
  }
}

/// How changes of names that were not synchronized reach the disk.
package enum MetadataOrder: Sendable {
  /// In the order in which they were made, as in a journal: some first ones.
  case journal
  /// In order only within a directory.
  case perDirectory
}
