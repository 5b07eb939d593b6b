internal import IntaglioFormat

extension StateTree {
  /// Where `other` differs from this state, in the order of the keys, read as it is asked for.
  ///
  /// Values differ if their ids or byte counts do; which record set them does not count. Subtrees with equal ids are
  /// not read: the cost follows what differs, also where the trees have different depths.
  package func differences(to other: StateTree) -> StateDifferences {
    let isEqual = root.id == other.root.id
    return StateDifferences(
      old: SubtreeWalk(root: isEqual ? .empty : root, reader: reader),
      new: SubtreeWalk(root: isEqual ? .empty : other.root, reader: other.reader))
  }
}

/// The differences of two states in the order of their keys.
package struct StateDifferences {
  private var old: SubtreeWalk
  private var new: SubtreeWalk

  init(old: SubtreeWalk, new: SubtreeWalk) {
    self.old = old
    self.new = new
  }

  /// The next difference, or nil if there are no more.
  ///
  /// After an error it goes on where it was: the same node is tried again.
  package mutating func next() throws(StateError) -> StateDifference? {
    try old.begin()
    try new.begin()
    while true {
      switch (old.position, new.position) {
      case (nil, nil): return nil
      case (let position?, nil):
        if let entry = try old.take(position) { return .init(key: entry.key, old: entry, new: nil) }
      case (nil, let position?):
        if let entry = try new.take(position) { return .init(key: entry.key, old: nil, new: entry) }
      case (let left?, let right?):
        if left.item.key < right.item.key {
          if let entry = try old.take(left) { return .init(key: entry.key, old: entry, new: nil) }
        } else if right.item.key < left.item.key {
          if let entry = try new.take(right) { return .init(key: entry.key, old: nil, new: entry) }
        } else if let difference = try takeBoth(left, right) {
          return difference
        }
      }
    }
  }

  /// Goes on from two positions with the same lowest key.
  private mutating func takeBoth(
    _ left: SubtreeWalk.Position, _ right: SubtreeWalk.Position
  ) throws(StateError) -> StateDifference? {
    if left.height == right.height, left.item.isEqual(to: right.item) {
      old.skip()
      new.skip()
      return nil
    }
    let height = max(left.height, right.height)
    let before = left.height == height ? try old.take(left) : nil
    let after = right.height == height ? try new.take(right) : nil
    guard let before, let after else { return nil }
    return StateDifference(key: before.key, old: before, new: after)
  }
}

/// A walk over a tree in which each subtree is either entered or skipped.
struct SubtreeWalk {
  /// An item on the way: a subtree, or, of height 0, an entry.
  struct Position {
    var item: Item
    /// The count of levels of the subtree.
    var height: Int
  }

  private let root: StateRoot
  private let reader: NodeReader
  private var isBegun = false
  private var path: [(node: Node, index: Int)] = []
  private(set) var position: Position?

  init(root: StateRoot, reader: NodeReader) {
    self.root = root
    self.reader = reader
  }

  /// Moves to the root, once.
  mutating func begin() throws(StateError) {
    guard !isBegun else { return }
    if !root.isEmpty { enter(try reader.root(root)) }
    isBegun = true
  }

  /// Moves into a subtree, or over an entry, which is given.
  mutating func take(_ position: Position) throws(StateError) -> StateEntry? {
    if position.height == 0 {
      skip()
      return position.item.entry
    }
    let (parent, index) = path[path.count - 1]
    enter(try reader.child(of: parent, at: index))
    return nil
  }

  /// Moves over a subtree or an entry.
  mutating func skip() {
    while let (node, index) = path.last {
      if index + 1 < node.count {
        path[path.count - 1].index += 1
        return stand()
      }
      path.removeLast()
    }
    position = nil
  }

  private mutating func enter(_ node: Node) {
    path.append((node, 0))
    stand()
  }

  private mutating func stand() {
    let (node, index) = path[path.count - 1]
    position = Position(item: node.item(at: index), height: node.level)
  }
}
