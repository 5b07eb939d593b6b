internal import CIntaglio
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioStorage

/// A place in the records of a log, or of one of its streams, that moves on as they are read.
final class Cursor: HandleObject {
  static let kind = HandleKind.cursor

  private struct Place {
    /// The first number that was not looked at.
    var next: SequenceNumber
    /// Records that were found and not given, and where they end.
    var found: Found?
  }

  private struct Found {
    var records: Records
    let end: SequenceNumber
  }

  private enum Records {
    case all(RecordSequence.Iterator)
    case ofStream(StreamRecordSequence.Iterator)

    mutating func next() -> Result<Record, LogError>? {
      switch self {
      case .all(var records):
        defer { self = .all(records) }
        return records.next()
      case .ofStream(var records):
        defer { self = .ofStream(records) }
        return records.next()
      }
    }
  }

  private let log: OpenLog
  /// Nil for all.
  private let stream: StreamNumber?
  private let place: Locked<Place>
  private let isClosed = Locked(false)
  private let clock = SystemClock.system

  init(_ log: OpenLog, _ stream: StreamNumber?, from sequence: SequenceNumber) {
    self.log = log
    self.stream = stream
    place = Locked(Place(next: sequence))
  }

  /// The next record; where there is none, waits for one so many nanoseconds, for ever if nil.
  func next(timeout: UInt64?) throws -> Record {
    try place.withLock { place in
      let start = clock.boot()
      while true {
        let ticket = log.ticket
        guard !isClosed.withLock({ $0 }) else { throw Failure.closed(Self.kind.name) }
        if let record = try known(&place) { return record }
        if try look(&place) { continue }
        if timeout == 0 {
          throw Failure(INTAGLIO_ERROR_END, "end", "there is no more record now")
        }
        let passed = clock.boot() - start
        guard timeout.map({ passed < $0 }) ?? true else {
          throw Failure(
            INTAGLIO_ERROR_TIMEOUT, "timeout", "no record came in the time that was given")
        }
        try log.wait(after: ticket, atMost: timeout.map { $0 - passed } ?? .max)
      }
    }
  }

  private func known(_ place: inout Place) throws -> Record? {
    guard let found = place.found else { return nil }
    guard let result = place.found?.records.next() else {
      place.next = max(place.next, found.end)
      place.found = nil
      return nil
    }
    do {
      let record = try result.get()
      place.next = record.sequence.advanced()
      return record
    } catch {
      // It stays where it is: nobody may skip what is damaged without knowing.
      place.found = nil
      throw error
    }
  }

  /// Looks for records from the place on; false if there are no more than were looked at.
  private func look(_ place: inout Place) throws(LogError) -> Bool {
    let snapshot = try log.snapshot()
    let end = SequenceNumber(snapshot.count)
    guard place.next < end else { return false }
    let records: Records =
      if let stream {
        .ofStream(snapshot.records(of: stream, from: place.next).makeIterator())
      } else {
        .all(snapshot.records(in: place.next..<end).makeIterator())
      }
    place.found = Found(records: records, end: end)
    return true
  }

  func close() {
    isClosed.withLock { $0 = true }
    log.noteProgress()
  }
}
