internal import Intaglio
internal import IntaglioFormat
internal import IntaglioStorage

extension GovernedRun {
  /// Remembers `value` under `key` in the mission's state, in place of what was there.
  ///
  /// It is there when this returns, and on disk with the next decision or the run's end, as every change of the state. A rollback of
  /// the mission takes it back. The policy's redactions act on the value before it is stored. Costs one transaction with a
  /// key for each tag and each word of the text.
  /// - Parameters:
  ///   - key: 1 to 512 bytes of UTF-8 without control characters.
  ///   - value: up to 16 MiB with about a kilobyte of provenance. Up to 256 words of the key and of a text's first 64 KiB can be searched.
  ///   - tags: up to 16 of 1 to 64 bytes each, without control characters.
  ///   - expires: until when; for ever if nil.
  ///   - call: the number of the call of this run that it comes from.
  /// - Throws: `invalid` for what is not allowed, an expiry that is past, and names that the policy's redactions would take out;
  ///   `run_over`, `engine`.
  public func remember(
    _ key: String, _ value: MemoryValue, tags: [String] = [], expires: MemoryExpiry? = nil,
    call: Int? = nil
  ) async throws(GovernorError) {
    try MemoryNames.check(key: key)
    let tags = try MemoryNames.checked(tags: tags)
    let now = now
    let moment = expires?.moment(from: now)
    guard expires == nil || moment != nil else {
      throw GovernorError(
        .invalid, "what is remembered as \(escaped(key)) would be expired at once")
    }
    let request = MemoryRequest(
      key: key, value: value, tags: tags, expires: moment, call: call, time: now)
    try await performInRun { core, run throws(GovernorError) in try core.remember(request, run) }
  }

  /// Remembers a text; as `remember(_:_:tags:expires:call:)` for any value.
  public func remember(
    _ key: String, _ text: String, tags: [String] = [], expires: MemoryExpiry? = nil,
    call: Int? = nil
  ) async throws(GovernorError) {
    try await remember(key, .text(text), tags: tags, expires: expires, call: call)
  }

  /// What the mission remembers and `query` finds: first what has the most of the words, then the newest, then by key.
  ///
  /// Writes nothing. What has expired is not found. A run that recalls what a tainted run remembered is tainted from then on. By key
  /// it costs a lookup; else a walk of the index, on a thread of its own, and a read of each entry
  /// given. The article Memory says more of the cost.
  /// - Parameter limit: how many at most, 1 to 1,000.
  /// - Throws: `invalid` for a query that is not allowed; `run_over`, `engine`.
  public func recall(
    _ query: MemoryQuery, limit: Int = 10
  ) async throws(GovernorError) -> [MemoryEntry] {
    try query.validate(limit: limit)
    let now = now
    let entries: [MemoryEntry]
    if query.key != nil {
      entries = try await performInRun { _, run throws(GovernorError) in
        try governing { () throws(LogError) in
          try MemoryReader(run.mission.current).recall(query, limit: limit, at: now)
        }
      }
    } else {
      let reader = MemoryReader(try await performInRun { _, run in run.mission.current })
      entries = try await apart { () throws(GovernorError) in
        try governing { () throws(LogError) in
          try reader.recall(query, limit: limit, at: now)
        }
      }
    }
    if entries.contains(where: \.isTainted) {
      try await performInRun { _, run in run.isTainted = true }
    }
    return entries
  }

  /// Forgets what is under `key`.
  ///
  /// The log keeps what was remembered; that it was forgotten is one more thing that happened.
  /// - Returns: false if nothing was there, or only what had expired.
  /// - Throws: `invalid` for a key that cannot be one; `run_over`, `engine`.
  @discardableResult
  public func forget(_ key: String) async throws(GovernorError) -> Bool {
    try MemoryNames.check(key: key)
    let now = now
    return try await performInRun { core, run throws(GovernorError) in
      try core.forget(key, at: now, run)
    }
  }

  /// By the governor's wall clock.
  private var now: Timestamp { Timestamp(nanoseconds: governor.store.clock.wall()) }

  /// Does `body` on a thread of its own: a long walk would hold up other runs on the governor's, and a cooperative
  /// pool's may not block.
  private func apart<Value: Sendable>(
    _ body: @escaping @Sendable () throws(GovernorError) -> Value
  ) async throws(GovernorError) -> Value {
    let answer = Answer<Value>()
    let thread = BackgroundThread { answer.give(Result { () throws(GovernorError) in try body() }) }
    let outcome = await answer.wait()
    thread.join()
    return try outcome.get()
  }
}
