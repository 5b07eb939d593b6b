internal import IntaglioFormat
internal import IntaglioState
internal import IntaglioStorage

/// Looks up every place below a root that was not looked up before: nodes by their ids, values by theirs.
///
/// The ids tie all nodes to the root; what they cannot tie are the places, which are not part of them.
struct NodeWalk {
  private let stream: StreamNumber
  private let salt: StateSalt
  private let run: SpaceCheck.NodeRun?
  /// Of the nodes of the run, which are as they should be; empty if that is not known.
  private let asExpected: [Bool]
  private var reached: BitSet
  private var waiting: [(node: StateRoot, namedBy: StatePlace)] = []
  /// What is wrong with how the checkpoint names its root.
  private(set) var rootDefect: String?
  /// Nothing wrong was found.
  private(set) var holds = true

  /// - Parameter run: the checkpoint's new nodes, all of which have to be reached.
  init(stream: StreamNumber, salt: StateSalt, run: SpaceCheck.NodeRun?, _ asExpected: [Bool]) {
    self.stream = stream
    self.salt = salt
    self.run = run
    self.asExpected = asExpected
    reached = BitSet(count: run?.count ?? 0)
  }

  mutating func run(
    from root: StateRoot, namedBy checkpoint: StatePlace, _ pass: inout StatePass
  ) throws(StorageError) {
    if !root.isEmpty { waiting.append((root, checkpoint)) }
    while let (node, place) = waiting.popLast() { try visit(node, namedBy: place, &pass) }
    guard holds, let run else { return }
    if let index = (0..<run.count).first(where: { !reached.contains($0) }) {
      report(
        pass.records.index[run.first.ordinal + index],
        "the root of checkpoint \(checkpoint.sequence) does not reach the node", &pass)
    }
  }

  private mutating func visit(
    _ node: StateRoot, namedBy referrer: StatePlace, _ pass: inout StatePass
  ) throws(StorageError) {
    let found = pass.records.place(
      node.sequence, .stateNode, in: stream, before: referrer.sequence)
    guard let place = found else {
      return report(
        referrer, "record \(node.sequence) should be a node of this space before it", &pass)
    }
    let index = index(of: place)
    if let index { reached.insert(index) }
    guard !pass.badNodes.contains(place.ordinal) else {
      holds = false
      return
    }
    guard let contents = try read(place, &pass) else { return }
    guard contents.id == node.id else {
      let text = "the node's id is \(contents.id), not \(node.id)"
      let isReferrerWrong =
        pass.judgedNodes.contains(place.ordinal) || isRight(index)
        || isUnusual(place, as: referrer)
      return isReferrerWrong
        ? report(referrer, "record \(node.sequence): \(text)", &pass) : report(place, text, &pass)
    }
    guard pass.judgedNodes.insert(place.ordinal) else { return }
    for entry in contents.entries {
      let defect = try pass.values.defect(
        of: entry, salt: salt, in: stream, before: place.sequence)
      if let defect { report(place, defect, &pass) }
    }
    for child in contents.children { waiting.append((child, place)) }
  }

  /// Among the new nodes; nil if it is an older one.
  private func index(of place: StatePlace) -> Int? {
    guard let run, run.sequences.contains(place.sequence.rawValue) else { return nil }
    return place.ordinal - run.first.ordinal
  }

  /// Whether the node is known to be right, so that whoever names it otherwise is wrong.
  private func isRight(_ index: Int?) -> Bool {
    guard let index else { return true }
    return index < asExpected.count && asExpected[index]
  }

  /// Whether a checkpoint names another root than the record right before it.
  private func isUnusual(_ place: StatePlace, as referrer: StatePlace) -> Bool {
    referrer.kind == .stateCheckpoint && place.sequence.advanced() != referrer.sequence
  }

  private mutating func read(
    _ place: StatePlace, _ pass: inout StatePass
  ) throws(StorageError) -> NodeContents? {
    let record = try pass.records.find(place)
    var text = "the content of a node is erased"
    if !record.isErased {
      do throws(StateError) {
        return try NodeContents(decoding: record.payload, at: place.sequence)
      } catch {
        text = "the payload is not what \(place.kind) carries: \(error)"
      }
    }
    report(place, text, &pass)
    return nil
  }

  private mutating func report(_ place: StatePlace, _ text: String, _ pass: inout StatePass) {
    holds = false
    if place.kind == .stateCheckpoint {
      rootDefect = rootDefect ?? text
    } else {
      pass.report(place, text)
    }
  }
}
