public import IntaglioFormat
internal import IntaglioState

/// A state with a name: a root in the log that stays readable, whatever comes after it.
public struct Checkpoint: Hashable, Sendable {
  /// What it was called by whoever made it; up to 255 bytes, possibly empty.
  public let label: String
  /// Whether the engine made it of itself: to bound what an opening has to read, or before a rollback.
  public let isAutomatic: Bool
  /// The record that holds it: what `state(at:)` and `rollback(to:)` find it by.
  public let sequence: SequenceNumber
  /// When it was made.
  public let time: Timestamp
  /// The id of the state's root: equal states of a space have equal roots.
  public var root: Digest { treeRoot.id }
  /// How many entries the state has, by component; those without entries are left out.
  public let counts: [String: Int]
  /// The version of the state: the last record that had changed it.
  public let version: SequenceNumber
  /// The checkpoint of the space before this one.
  public let previous: SequenceNumber?
  /// The name of the state space.
  public let space: String

  let treeRoot: StateRoot
  let log: LogID

  /// How many entries the state has.
  public var count: Int { counts.values.reduce(0, +) }

  init(
    _ payload: StatePayload.Checkpoint, root: StateRoot, record: Record, space: SpaceIdentity
  ) {
    label = payload.label
    isAutomatic = payload.isAutomatic
    sequence = record.sequence
    time = record.time
    counts = Dictionary(
      payload.counts.map { ($0.name, Int(clamping: $0.count)) }, uniquingKeysWith: { $1 })
    version = payload.version
    previous = payload.previous
    self.space = space.name
    treeRoot = root
    log = space.log
  }

  /// The state as it was.
  var state: CurrentState {
    CurrentState(
      root: treeRoot, components: Set(counts.keys), version: version, checkpoint: sequence,
      recordCount: sequence.rawValue + 1)
  }
}

/// The checkpoints of a state space, from the newest back.
///
/// Each names the one before, so that walking along them costs one record each, and holds none in memory.
public struct CheckpointSequence: Sequence, Sendable {
  let records: StateRecords
  let newest: SequenceNumber?

  /// Calls `body` with each checkpoint; what it throws ends the walk.
  public func forEach(_ body: (Checkpoint) throws -> Void) throws {
    var iterator = makeIterator()
    while let checkpoint = iterator.next() { try body(try checkpoint.get()) }
  }

  /// An iterator at the newest checkpoint.
  public func makeIterator() -> Iterator { Iterator(records: records, following: newest) }

  /// Walks from each checkpoint to the one before.
  public struct Iterator: IteratorProtocol {
    let records: StateRecords
    var following: SequenceNumber?

    /// The next checkpoint, or an error, after which the walk is over; nil at the end.
    public mutating func next() -> Result<Checkpoint, LogError>? {
      guard let sequence = following else { return nil }
      following = nil
      do throws(LogError) {
        let checkpoint = try records.checkpoint(at: sequence)
        // A chain of checkpoints goes back: it cannot turn in a circle.
        if let previous = checkpoint.previous {
          guard previous < sequence else {
            throw records.damaged("checkpoint \(sequence) names a later one as the one before it")
          }
          following = previous
        }
        return .success(checkpoint)
      } catch {
        return .failure(error)
      }
    }
  }
}
