internal import IntaglioFormat
internal import IntaglioState
internal import IntaglioStorage

/// What an open log knows of one of its state spaces.
///
/// Invariants:
/// - `current` is what the space's records up to `current.recordCount` say, and is changed only by who has the role of writing.
/// - At most one thread has that role (`writingThread`); it appends the space's records, so that they stand in the log in
///   the order in which they are applied. Readers never wait for it.
final class SpaceCore: Sendable {
  let space: SpaceIdentity
  let current: Locked<CurrentState>
  /// Records of large values, by value id: some of those written since the log was opened.
  let largeValues = Locked<[Digest: SequenceNumber]>([:])
  private let writingThread = Locked<UInt?>(nil)
  private let events = EventCount()

  init(_ space: SpaceIdentity, _ current: CurrentState) {
    self.space = space
    self.current = Locked(current)
  }

  /// Runs `body` with the role of writing; waits while another thread has it.
  ///
  /// - Throws: `transactionOpen` if this thread has it already: a transaction of the space is open around the call.
  func writing<R>(_ body: (CurrentState) throws -> R) throws -> R {
    let thread = CurrentThread.identity
    while true {
      // Read before looking: whoever ends writes first and notifies then.
      let ticket = events.ticket
      let holder = writingThread.withLock { holder in
        defer { if holder == nil { holder = thread } }
        return holder
      }
      if holder == nil { break }
      if holder == thread {
        throw LogError(
          .transactionOpen,
          "a transaction of the state space \(space.name) is open: end it first, nothing was changed"
        )
      }
      events.wait(after: ticket)
    }
    defer {
      writingThread.withLock { $0 = nil }
      events.notifyAll()
    }
    return try body(current.withLock { $0 })
  }

  /// Remembers where large values lie, so that they can be shared; forgets the others when there are too many.
  func note(largeValues values: [(Digest, SequenceNumber)]) {
    guard !values.isEmpty else { return }
    largeValues.withLock { known in
      if known.count + values.count > Self.knownValueCount { known.removeAll() }
      for (id, sequence) in values.prefix(Self.knownValueCount) { known[id] = sequence }
    }
  }

  private static let knownValueCount = 1024

  /// Refuses if a transaction is open, on this thread or another.
  func checkNoTransaction() throws(LogError) {
    guard writingThread.withLock({ $0 == nil }) else {
      throw LogError(
        .transactionOpen,
        "a transaction of the state space \(space.name) is open: end it first, nothing was changed"
      )
    }
  }
}

/// What does not change about a state space: its names, and the salt of its value ids and node boundaries.
struct SpaceIdentity: Sendable {
  /// A space's stream is named by this and the space's name.
  static let streamPrefix = "state/"

  let log: LogID
  let stream: LogStream
  let salt: StateSalt

  var name: String { Self.name(ofStream: stream.name) ?? stream.name }

  /// The name of the space whose stream is named `streamName`; nil if that is another kind of stream.
  static func name(ofStream streamName: String) -> String? {
    // By bytes: a name that begins with a combining character is still behind the prefix.
    guard streamName.utf8.starts(with: streamPrefix.utf8) else { return nil }
    return String(decoding: streamName.utf8.dropFirst(streamPrefix.utf8.count), as: UTF8.self)
  }

  /// The name of the stream of the space `name`.
  static func streamName(_ name: String) throws(LogError) -> String {
    let streamName = streamPrefix + name
    guard !name.isEmpty, isValidName(streamName) else {
      throw LogError(
        .invalid,
        "a state space's name has 1 to 249 bytes of UTF-8 without control characters, this one has \(name.utf8.count)"
      )
    }
    return streamName
  }
}
