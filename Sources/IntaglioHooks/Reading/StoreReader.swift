package import Intaglio
package import SystemPackage

/// All logs of a store, or one log by itself, open for reading.
package struct StoreReader: Sendable {
  /// One log of the store as it was when the reader was opened.
  package struct Part: Sendable {
    /// The name within the store; empty for a log by itself.
    package let name: String
    package let path: FilePath
    package let snapshot: Snapshot

    package init(name: String, path: FilePath, snapshot: Snapshot) {
      self.name = name
      self.path = path
      self.snapshot = snapshot
    }
  }

  package let path: FilePath
  package let parts: [Part]

  /// Opens what is at `path`.
  ///
  /// - Throws: `notALog` if it is neither a store nor a log; as `LogReader.open`.
  package init(at path: FilePath) throws(LogError) {
    self.path = path
    let directory = StoreDirectory(path)
    if try directory.isLog() {
      parts = [try Self.part("", path)]
      return
    }
    var parts: [Part] = []
    for number in try directory.logNumbers() {
      parts.append(try Self.part(String(number), directory.logPath(number)))
    }
    guard !parts.isEmpty else {
      throw LogError(
        .notALog,
        "\(path) is neither a store nor a log: there is no directory 0 in it, and no MANIFEST")
    }
    self.parts = parts
  }

  private static func part(_ name: String, _ path: FilePath) throws(LogError) -> Part {
    // What a live writer has written and not synced is shown as well: it is what the agents do now.
    let reader = try LogReader.open(at: path, includingUnsynced: true, access: .copied)
    return Part(name: name, path: path, snapshot: try reader.snapshot())
  }
}

extension StoreReader.Part {
  /// The streams that are runs, with the runs' names, in the order in which they began.
  package func runs() throws(LogError) -> [(id: String, stream: LogStream)] {
    let prefix = GovernorCore.streamName(ofRun: "")
    return try snapshot.streams().compactMap { stream, count in
      stream.name.hasPrefix(prefix) && count > 0
        ? (String(stream.name.dropFirst(prefix.count)), stream) : nil
    }
  }

  /// Whether this log began the mission `name`.
  package func hasMission(_ name: String) throws(LogError) -> Bool {
    let space = GovernorCore.spaceName(ofMission: name)
    return try snapshot.stream(named: "state/" + space) != nil
  }

  /// The run `id`, or nil if it is not in this log.
  package func run(_ id: String) throws(LogError) -> LogStream? {
    try snapshot.stream(named: GovernorCore.streamName(ofRun: id))
  }

  /// Calls `body` with each event of a stream, in order.
  package func forEachEvent(
    of stream: LogStream, _ body: (RecordedEvent) throws -> Void
  ) throws {
    for result in snapshot.records(of: stream.number) {
      if let event = try RecordedEvent(try result.get()) { try body(event) }
    }
  }
}
