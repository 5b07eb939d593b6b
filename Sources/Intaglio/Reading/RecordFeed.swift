public import IntaglioFormat
internal import IntaglioStorage
internal import Synchronization

/// The records of a log from a sequence number on, and then those that are appended while it is read, without end.
///
/// It ends when the log is closed (for a reader in the same process) or the task is cancelled.
public struct RecordFeed: AsyncSequence, Sendable {
  /// A record.
  public typealias Element = Record
  /// What the engine throws.
  public typealias Failure = LogError

  let source: any RecordSource
  let start: SequenceNumber
  let stream: StreamNumber?

  /// An iterator at the first record.
  public func makeAsyncIterator() -> Iterator { Iterator(source, start, stream) }

  /// Reads what there is, and suspends where there is no more.
  public struct Iterator: AsyncIteratorProtocol {
    private let source: any RecordSource
    private let stream: StreamNumber?
    private var position: SequenceNumber
    private var known: (records: RecordSequence.Iterator, end: SequenceNumber)?
    private var ofStream: StreamRecordSequence.Iterator?

    init(_ source: any RecordSource, _ start: SequenceNumber, _ stream: StreamNumber?) {
      self.source = source
      self.stream = stream
      position = start
    }

    /// The next record; nil when the log was closed or the task cancelled.
    public mutating func next() async throws(LogError) -> Record? {
      try await next(isolation: nil)
    }

    /// The next record; nil when the log was closed or the task cancelled.
    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(LogError) -> Record? {
      while true {
        if let record = try nextKnown() { return record }
        guard let snapshot = try await source.snapshot(countOver: position.rawValue) else {
          return nil
        }
        let end = SequenceNumber(snapshot.count)
        if let stream {
          ofStream = snapshot.records(of: stream, from: position).makeIterator()
          known = (snapshot.records(in: end..<end).makeIterator(), end)
        } else {
          known = (snapshot.records(in: position..<end).makeIterator(), end)
        }
      }
    }

    private mutating func nextKnown() throws(LogError) -> Record? {
      guard known != nil else { return nil }
      let result = stream == nil ? known!.records.next() : ofStream?.next()
      guard let result else {
        position = Swift.max(position, known!.end)
        known = nil
        ofStream = nil
        return nil
      }
      return try result.get()
    }
  }
}

/// Where a feed gets its snapshots from.
protocol RecordSource: Sendable {
  /// A snapshot with more than `count` records, once there is one; nil when there will be none.
  func snapshot(countOver count: UInt64) async throws(LogError) -> Snapshot?
}

extension Engine: RecordSource {
  func snapshot(countOver count: UInt64) async throws(LogError) -> Snapshot? {
    while true {
      var snapshot = snapshot
      if snapshot.count <= count { snapshot = snapshotOfAcknowledged() }
      if snapshot.count > count { return snapshot }
      let (isClosed, failure) = writer.withLock { ($0.isClosed, $0.failure) }
      if let failure { throw failure }
      if isClosed || Task.isCancelled { return nil }
      await followNextCommit(after: count)
    }
  }

  /// Suspends until something was committed, the log is closed, or the task is cancelled.
  private func followNextCommit(after count: UInt64) async {
    let number = followerNumber.add(1, ordering: .relaxed).newValue
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        followers.withLock { $0[number] = continuation }
        // Looked at again after registering, so that neither a commit nor the end is missed.
        let isOver = writer.withLock { $0.isClosed || $0.failure != nil }
        if snapshot.count > count || isOver || Task.isCancelled { resumeFollower(number) }
      }
    } onCancel: {
      resumeFollower(number)
    }
  }

  private func resumeFollower(_ number: UInt64) {
    followers.withLock { $0.removeValue(forKey: number) }?.resume()
  }

  func wakeFollowers() {
    let waiting = followers.withLock { followers in
      defer { followers.removeAll() }
      return Array(followers.values)
    }
    for continuation in waiting { continuation.resume() }
  }
}

extension Log {
  /// The records from `sequence` on, and then those appended from now on, as they are written.
  ///
  /// - Parameter stream: only the records of this stream, if given.
  public func follow(
    from sequence: SequenceNumber = .zero, stream: LogStream? = nil
  ) -> RecordFeed {
    RecordFeed(source: engine, start: sequence, stream: stream?.number)
  }
}
