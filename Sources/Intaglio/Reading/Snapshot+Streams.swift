public import IntaglioFormat

extension Snapshot {
  /// What the log's own stream is called where names are shown; no other stream can be declared by it.
  static let nameOfLogStream = "log"

  /// The stream declared as `name`, or nil if there is none.
  ///
  /// Costs a binary search in each segment from the newest back to the one that declares it.
  public func stream(named name: String) throws(LogError) -> LogStream? {
    for index in list.segments.indices.reversed() {
      let segment = try list.open(index)
      for (number, ordinal) in segment.index.declarations(named: name) {
        let sequence = segment.header.firstSequence.advanced(by: UInt64(ordinal))
        if sequence.rawValue < count,
          try declaredName(at: sequence)?.utf8.elementsEqual(name.utf8) == true
        {
          return LogStream(name: name, number: number)
        }
      }
    }
    return nil
  }

  /// The stream that has `number`, or nil if there is none; the log's own stream 0 is named `log`.
  public func stream(_ number: StreamNumber) throws(LogError) -> LogStream? {
    if number == .log { return LogStream(name: Self.nameOfLogStream, number: .log) }
    // Numbers ascend with segments: the newest segment that declares one at or below `number` has it.
    for index in list.segments.indices.reversed() {
      let segment = try list.open(index)
      if let ordinal = segment.index.declaration(of: number) {
        let sequence = segment.header.firstSequence.advanced(by: UInt64(ordinal))
        guard sequence.rawValue < count else { return nil }
        return try declaredName(at: sequence).map { LogStream(name: $0, number: number) }
      }
      if let last = segment.index.lastDeclared, last < number { return nil }
    }
    return nil
  }

  /// All streams that have records or are declared, with their counts of records, in the order of their numbers.
  public func streams() throws(LogError) -> [(stream: LogStream, count: Int)] {
    var counts: [StreamNumber: Int] = [:]
    for index in list.segments.indices {
      let segment = try list.open(index)
      for (number, count) in segment.index.streamCounts { counts[number, default: 0] += count }
      if let last = segment.index.lastDeclared {
        var number = last
        while segment.index.declaration(of: number) != nil {
          counts[number, default: 0] += 0
          number = StreamNumber(number.rawValue - 1)
        }
      }
    }
    var streams: [(stream: LogStream, count: Int)] = []
    for (number, count) in counts.sorted(by: { $0.key < $1.key }) {
      if let stream = try stream(number) { streams.append((stream, count)) }
    }
    return streams
  }

  /// The records of `stream` from `sequence` on, ascending.
  public func records(
    of stream: StreamNumber, from sequence: SequenceNumber = .zero
  ) -> StreamRecordSequence {
    StreamRecordSequence(snapshot: self, stream: stream, start: sequence, isBackwards: false)
  }

  /// The records of `stream` before `sequence`, or all, from the last one back.
  public func recordsBackwards(
    of stream: StreamNumber, before sequence: SequenceNumber? = nil
  ) -> StreamRecordSequence {
    StreamRecordSequence(
      snapshot: self, stream: stream,
      start: min(sequence ?? SequenceNumber(count), SequenceNumber(count)),
      isBackwards: true)
  }

  private func declaredName(at sequence: SequenceNumber) throws(LogError) -> String? {
    let record = try record(at: sequence)
    guard
      case .streamDeclared(_, let name)? = LogPayload(kind: record.kind, decoding: record.payload)
    else { return nil }
    return name
  }
}

/// Records of one stream, found by the index, in order or backwards.
public struct StreamRecordSequence: Sequence, Sendable {
  let snapshot: Snapshot
  let stream: StreamNumber
  let start: SequenceNumber
  let isBackwards: Bool

  /// Calls `body` with each record; what it throws ends the walk.
  public func forEach(_ body: (Record) throws -> Void) throws {
    var iterator = makeIterator()
    while let record = try iterator.nextRecord() { try body(record) }
  }

  /// An iterator at the first record.
  public func makeIterator() -> Iterator { Iterator(self) }

  /// Walks along the postings of the stream, segment by segment.
  public struct Iterator: IteratorProtocol {
    private let sequence: StreamRecordSequence
    private var segmentIndex: Int
    private var bound: SequenceNumber
    private var segment: OpenSegment?
    /// Ordinals in `segment` that are still to be read, the next one last.
    private var pending: [UInt32] = []
    private var isFinished = false

    init(_ sequence: StreamRecordSequence) {
      self.sequence = sequence
      bound = sequence.start
      let list = sequence.snapshot.list
      let start =
        sequence.isBackwards && sequence.start > .zero
        ? SequenceNumber(sequence.start.rawValue - 1) : sequence.start
      segmentIndex = Swift.max(0, list.index(of: start))
    }

    /// The next record, or an error, after which the walk is over; nil at the end.
    public mutating func next() -> Result<Record, LogError>? {
      do throws(LogError) {
        guard let record = try nextRecord() else { return nil }
        return .success(record)
      } catch {
        isFinished = true
        pending = []
        return .failure(error)
      }
    }

    /// The next record, or nil at the end.
    mutating func nextRecord() throws(LogError) -> Record? {
      while pending.isEmpty {
        if isFinished { return nil }
        isFinished = try !fill()
      }
      guard let segment, let ordinal = pending.popLast() else { return nil }
      return try Record.read(
        segment, at: segment.offset(of: Int(ordinal)),
        expecting: segment.header.firstSequence.advanced(by: UInt64(ordinal)))
    }

    /// Reads the next block of postings; false when there are no more segments.
    private mutating func fill() throws(LogError) -> Bool {
      let list = sequence.snapshot.list
      guard list.segments.indices.contains(segmentIndex) else { return false }
      let segment = try list.open(segmentIndex)
      let first = segment.header.firstSequence
      let relative = bound > first ? bound.rawValue - first.rawValue : 0
      let ordinals =
        sequence.isBackwards
        ? segment.index.ordinals(of: sequence.stream, below: UInt32(clamping: relative))
        : segment.index.ordinals(of: sequence.stream, from: UInt32(clamping: relative))
      let count = sequence.snapshot.count
      let end = count > first.rawValue ? count - first.rawValue : 0
      let found = ordinals.filter { $0 < end }
      self.segment = segment
      if let edge = sequence.isBackwards ? found.first : found.last {
        bound = first.advanced(by: UInt64(edge) + (sequence.isBackwards ? 0 : 1))
        pending = sequence.isBackwards ? found : found.reversed()
      } else {
        segmentIndex += sequence.isBackwards ? -1 : 1
      }
      return true
    }
  }
}
