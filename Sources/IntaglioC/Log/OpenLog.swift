internal import Intaglio
internal import IntaglioFormat
internal import IntaglioStorage
internal import SystemPackage

/// A log as C has it, open for writing or for reading only.
final class OpenLog: HandleObject {
  static let kind = HandleKind.log

  private enum Source: Sendable {
    case writer(Log)
    case reader(LogReader)
  }

  private let source: Source
  private let newest = Locked<Snapshot?>(nil)
  private let streams = Locked<[UInt32: LogStream]>([:])
  private let isClosed = Locked(false)
  /// Something was appended here, or the log was closed.
  private let events = EventCount()

  init(_ log: Log) { source = .writer(log) }
  init(_ reader: LogReader) { source = .reader(reader) }

  /// The log, to be written.
  func writer() throws(Failure) -> Log {
    guard case .writer(let log) = source else {
      throw .invalid(
        "the log was opened for reading only: open it with intaglio_log_open to write it")
    }
    return log
  }

  /// What there is now.
  func snapshot() throws(LogError) -> Snapshot {
    let snapshot =
      switch source {
      case .writer(let log): log.snapshot()
      case .reader(let reader): try reader.snapshot()
      }
    newest.withLock { $0 = snapshot }
    return snapshot
  }

  /// A snapshot that has the record `sequence`, or the newest one: one that was taken before may do.
  func snapshot(with sequence: SequenceNumber) throws(LogError) -> Snapshot {
    if let known = newest.withLock({ $0 }), sequence.rawValue < known.count { return known }
    return try snapshot()
  }

  var isReader: Bool { if case .reader = source { true } else { false } }

  var path: FilePath {
    switch source {
    case .writer(let log): log.path
    case .reader(let reader): reader.path
    }
  }

  var manifest: Manifest {
    switch source {
    case .writer(let log): log.manifest
    case .reader(let reader): reader.manifest
    }
  }

  func close() throws(LogError) {
    isClosed.withLock { $0 = true }
    defer { events.notifyAll() }
    if case .writer(let log) = source { try log.close() }
  }
}

// Streams.
extension OpenLog {
  /// The stream `name`; declared now if it is new and the log is open for writing.
  func stream(named name: String) throws -> LogStream {
    guard case .writer(let log) = source else {
      guard let stream = try snapshot().stream(named: name) else {
        throw LogError(.notFound, "there is no stream \(name) in \(path)")
      }
      return stream
    }
    let stream = try log.stream(named: name)
    streams.withLock { $0[stream.number.rawValue] = stream }
    return stream
  }

  /// The stream to append to that has `number`.
  func stream(_ number: UInt32) throws -> LogStream {
    if let known = streams.withLock({ $0[number] }) { return known }
    guard let stream = try snapshot().stream(StreamNumber(number)) else {
      throw Failure.invalid("no stream has the number \(number): intaglio_log_stream gives numbers")
    }
    // Refuses those that are the log's own, or of a state.
    return try self.stream(named: stream.name)
  }
}

// Waiting for what comes.
extension OpenLog {
  /// Notes that something was appended, or has become safe.
  func noteProgress() { events.notifyAll() }

  /// What `wait(after:)` takes; to be read before looking.
  var ticket: UInt64 { events.ticket }

  /// How long a record that another handle or process has appended may go unnoticed, in nanoseconds.
  private static let pause: UInt64 = 10_000_000

  /// Waits for something to be appended, at most so many nanoseconds; may return early.
  ///
  /// - Throws: `closed` if the log was closed: nothing more will come.
  func wait(after ticket: UInt64, atMost nanoseconds: UInt64) throws(Failure) {
    guard !isClosed.withLock({ $0 }) else { throw .closed(Self.kind.name) }
    events.wait(after: ticket, atMost: min(nanoseconds, Self.pause))
  }
}
