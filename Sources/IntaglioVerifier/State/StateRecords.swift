internal import IntaglioFormat
internal import IntaglioState
internal import IntaglioStorage

/// The records of a log's states: where they lie, and their bytes.
struct StateRecords: Sendable {
  let index: StateIndex
  /// By segment index.
  private let files: [String]
  private let sequential: StateReader
  private let random: StateReader

  init(_ index: StateIndex, _ segments: [SegmentFile], context: UInt64) {
    self.index = index
    files = segments.map(\.file)
    sequential = StateReader(
      segments, context: context, windowByteCount: 64 << 10, isAligned: true)
    random = StateReader(segments, context: context, windowByteCount: 8 << 10, isAligned: false)
  }

  /// The record, while the log is gone through from its beginning.
  func read(_ place: StatePlace) throws(StorageError) -> StateRecord {
    try sequential.record(place)
  }

  /// The record, from anywhere.
  func find(_ place: StatePlace) throws(StorageError) -> StateRecord {
    try random.record(place)
  }

  /// The record at `sequence`, if it is of `kind`, in `stream` and before `end`.
  func place(
    _ sequence: SequenceNumber, _ kind: RecordKind, in stream: StreamNumber,
    before end: SequenceNumber
  ) -> StatePlace? {
    guard sequence < end, let place = index[sequence], place.kind == kind,
      place.note.stream == stream
    else { return nil }
    return place
  }

  func finding(at place: StatePlace, _ text: String) -> Finding {
    Finding(
      .state, files[place.segmentIndex], at: place.note.offset,
      sequence: place.sequence.rawValue, text)
  }
}

/// The nodes of a space, as the tree reads them.
struct SpaceNodes: NodeStore {
  let records: StateRecords
  let stream: StreamNumber

  func withNode<R>(
    at sequence: SequenceNumber, _ body: (RawSpan) throws(StateError) -> R
  ) throws(StateError) -> R {
    guard let place = records.index[sequence], place.kind == .stateNode,
      place.note.stream == stream
    else { throw .damaged(sequence, "it is no node of the space") }
    let record: StateRecord
    do throws(StorageError) { record = try records.find(place) } catch { throw .store(error) }
    if record.isErased { throw .damaged(sequence, "its content is erased") }
    return try body(record.payload)
  }
}
