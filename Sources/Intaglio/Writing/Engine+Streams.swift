internal import IntaglioFormat
internal import IntaglioStorage

extension Engine {
  /// Streams that are kept by name; beyond that the index is asked again.
  private static let cachedStreamCount = 65_536

  /// The stream named `name`; declares it if the log has none.
  ///
  /// Its number is given out only once the declaration is ordered, so that no record can come before it.
  func stream(named name: String) throws(LogError) -> LogStream {
    guard isValidName(name) else {
      throw LogError(
        .invalid,
        "a stream's name has 1 to 255 bytes of UTF-8 without control characters, this one has \(name.utf8.count)"
      )
    }
    guard name != Snapshot.nameOfLogStream else {
      throw LogError(.invalid, "a stream cannot be named \(name): that is the log's own")
    }
    guard SpaceIdentity.name(ofStream: name) == nil else {
      throw LogError(
        .invalid,
        "a stream's name cannot begin with \(SpaceIdentity.streamPrefix): such streams are those of state spaces"
      )
    }
    return try declaredStream(named: name)
  }

  /// The stream named `name`, a valid name, whoever it belongs to.
  func declaredStream(named name: String) throws(LogError) -> LogStream {
    // By bytes: strings that Unicode calls equivalent are two names.
    let key = Array(name.utf8)
    if let known = streams.withLock({ $0[key] }) { return known }
    // The lock is kept while the declaration is ordered: two threads must not declare one name.
    return try streams.withLock { streams throws(LogError) in
      if let known = streams[key] { return known }
      if streams.count >= Self.cachedStreamCount { streams.removeAll() }
      // What was declared and evicted from the cache may not be written yet.
      if streams.isEmpty { try synchronizeIfBehind() }
      if let known = try snapshot.stream(named: name) {
        streams[key] = known
        return known
      }
      let number = StreamNumber(writer.withLock { $0.nextStream })
      _ = try append(.streamDeclared(number, name: name))
      writer.withLock { $0.nextStream += 1 }
      let stream = LogStream(name: name, number: number)
      streams[key] = stream
      return stream
    }
  }

  private func synchronizeIfBehind() throws(LogError) {
    let isBehind = writer.withLock { $0.writtenCount < $0.nextSequence }
    if isBehind { try synchronizeAll() }
  }
}
