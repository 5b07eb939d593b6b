internal import IntaglioFormat
internal import IntaglioState
internal import IntaglioStorage

/// Follows the states of a log, record by record, and holds what they say against what they come from.
///
/// FileFormat, "State" and "State tree". Every root is computed anew from the one before and the changes since; every
/// place that a change, a node, a checkpoint or a rollback names is looked up; every value is hashed.
///
/// Cost: time for what was changed, not for how large the states are. Memory: 16 bytes for each record of a state, and what
/// was changed in each space since its last checkpoint, up to `pendingByteLimit`.
struct StateCheck {
  private var pass: StatePass
  private let spaceStreams: Set<StreamNumber>
  private var spaces: [StreamNumber: SpaceCheck] = [:]

  /// - Parameter spaceStreams: those whose names are names of spaces.
  init(_ records: StateRecords, spaceStreams: Set<StreamNumber>) {
    pass = StatePass(records)
    self.spaceStreams = spaceStreams
  }

  var findings: FindingList { pass.findings }
  var summary: StateSummary {
    StateSummary(
      spaceCount: spaces.values.reduce(0) { $0 + ($1.hasSalt ? 1 : 0) },
      checkpointCount: pass.checkpointCount)
  }

  mutating func run() throws(StorageError) {
    for ordinal in 0..<pass.records.index.count {
      let place = pass.records.index[ordinal]
      let stream = place.note.stream
      guard spaceStreams.contains(stream) else {
        pass.report(place, "\(place.kind) stands in stream \(stream), which is no state space")
        continue
      }
      try spaces[stream, default: SpaceCheck(stream)].take(place, &pass)
    }
    for stream in spaces.keys.sorted() { spaces[stream]?.finish(&pass) }
  }

  /// Bytes of keys, and some for each change, that are held for a space between two of its checkpoints.
  static let pendingByteLimit = 1 << 30

  /// Whether a stream of that name is a state space: it begins so, and goes on.
  static func isSpace(_ streamName: String) -> Bool {
    // By bytes: what follows may combine with the last character.
    streamName.utf8.starts(with: "state/".utf8) && streamName.utf8.count > 6
  }
}

/// What the checks of all spaces share.
struct StatePass {
  let records: StateRecords
  private(set) var findings = FindingList()
  var values: ValueCheck
  var checkpointCount = 0
  /// Nodes, by ordinal, all places below which were looked up; or for which that was reported which is wrong.
  var judgedNodes: BitSet
  /// Those of them with which something is wrong.
  private(set) var badNodes: Set<Int> = []

  init(_ records: StateRecords) {
    self.records = records
    values = ValueCheck(records)
    judgedNodes = BitSet(count: records.index.count)
  }

  /// Reports a record; a node only once, and neither those that name it by the id that it should have.
  mutating func report(_ place: StatePlace, _ text: String) {
    if place.kind == .stateNode {
      judgedNodes.insert(place.ordinal)
      guard badNodes.insert(place.ordinal).inserted else { return }
    }
    findings.append(records.finding(at: place, text))
  }
}

/// How many states a log has.
public struct StateSummary: Hashable, Sendable {
  /// State spaces.
  public let spaceCount: Int
  /// Checkpoints of all of them, automatic ones too.
  public let checkpointCount: Int
}
