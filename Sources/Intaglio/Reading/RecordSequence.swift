public import IntaglioFormat

/// Records of a snapshot in order.
///
/// As a `Sequence` its elements are results, because reading may find damage; `forEach` throws instead.
public struct RecordSequence: Sequence, Sendable {
  let snapshot: Snapshot
  /// The numbers of the records.
  public let range: Range<SequenceNumber>

  /// Calls `body` with each record; what it throws ends the walk.
  public func forEach(_ body: (Record) throws -> Void) throws {
    var iterator = makeIterator()
    while let record = try iterator.nextRecord() { try body(record) }
  }

  /// An iterator at the first record.
  public func makeIterator() -> Iterator {
    Iterator(snapshot: snapshot, position: range.lowerBound, end: range.upperBound)
  }

  /// Walks along the frames; the index is asked once a segment.
  public struct Iterator: IteratorProtocol {
    let snapshot: Snapshot
    private var position: SequenceNumber
    let end: SequenceNumber
    private var segment: OpenSegment?
    private var segmentEnd = SequenceNumber(0)
    private var offset = 0

    init(snapshot: Snapshot, position: SequenceNumber, end: SequenceNumber) {
      self.snapshot = snapshot
      self.position = position
      self.end = end
    }

    /// The next record, or an error, after which the walk is over; nil at the end.
    public mutating func next() -> Result<Record, LogError>? {
      do throws(LogError) {
        guard let record = try nextRecord() else { return nil }
        return .success(record)
      } catch {
        position = end
        return .failure(error)
      }
    }

    /// The next record, or nil at the end.
    @inline(__always)
    mutating func nextRecord() throws(LogError) -> Record? {
      guard position < end else { return nil }
      if position < segmentEnd, let segment,
        let record = Record(in: segment, at: offset, expecting: position)
      {
        advance(past: record)
        return record
      }
      return try read()
    }

    private mutating func advance(past record: borrowing Record) {
      offset += record.storedByteCount
      position = position.advanced()
    }

    /// Reads on in the next segment, or where the way is not as straight as in most of them.
    @inline(never)
    private mutating func read() throws(LogError) -> Record {
      if segment == nil || position >= segmentEnd {
        let place = try snapshot.position(of: position)
        segment = place.segment
        offset = place.offset
        segmentEnd =
          snapshot.list.count(at: place.segmentIndex).map {
            place.segment.header.firstSequence.advanced(by: UInt64($0))
          } ?? end
      }
      let record: Record
      do throws(LogError) {
        record = try Record.read(segment!, at: offset, expecting: position)
      } catch {
        // A filler may stand between two frames: the index knows where the next one is.
        let place = try snapshot.position(of: position)
        guard place.offset != offset else { throw error }
        offset = place.offset
        record = try Record.read(segment!, at: offset, expecting: position)
      }
      advance(past: record)
      return record
    }
  }
}
