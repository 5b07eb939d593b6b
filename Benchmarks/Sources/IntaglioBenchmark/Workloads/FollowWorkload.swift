import Foundation

/// How long until another process sees a record.
struct FollowWorkload: Workload {
  var name: String { "follow" }
  var title: String { "Seen by another process" }
  var explanation: String {
    """
    256 B; one process appends a durable record every millisecond, another one follows. The time runs from before \
    the append until the follower has the payload, so it includes the sync. All followers look once a \
    millisecond, but for Intaglio's `follow`, which looks a hundred times a second. Plain C, RocksDB, LevelDB and \
    JSON Lines have no reader in another process that is told where the durable end is.
    """
  }
  var unit: Unit { .milliseconds }
  var plot: Plot { .bars }

  func cases(_ context: Context) -> [Case] {
    let followers = Contenders.all
      .filter { $0.abilities.contains(.following) && $0.modes.contains(.synced) }
    let entrants = followers.map { entrant(context, $0, $0.name, FollowCommand.Manner.poll) }
    let stream = entrant(context, Contenders.intaglio, "Intaglio follow", .stream)
    return [Case(label: "median", entrants: entrants + [stream])]
  }

  private func entrant(
    _ context: Context, _ contender: any Contender, _ name: String, _ manner: FollowCommand.Manner
  ) -> Entrant {
    let latencies = Latencies()
    return Entrant(name: name, latencies: latencies) {
      try context.withDirectory(name) { directory in
        let seen = try follow(context, contender, directory, manner)
        guard !seen.isEmpty else { throw NotMeasured() }
        latencies.record(seen)
        let median = seen.sorted()[seen.count / 2]
        return Sample(value: Double(median) / 1e6, count: seen.count)
      }
    }
  }

  private func follow(
    _ context: Context, _ contender: any Contender, _ directory: String,
    _ manner: FollowCommand.Manner
  ) throws -> [UInt64] {
    let store = try contender.open(directory, StoreOptions(mode: .synced))
    // Something to find when the follower opens it.
    try append(FollowCommand.warmUp, to: store, context)
    let child = try Child([
      "follow", "--name", contender.name, "--log", directory, "--manner",
      manner.rawValue,
    ])
    guard try child.line() == "ready" else { throw ContenderError("the follower did not begin") }
    let start = nanoseconds()
    var next = start
    while seconds(since: start) < context.settings.followSeconds {
      try append(nanoseconds(), to: store, context)
      next += 1_000_000
      let now = nanoseconds()
      if next > now { usleep(UInt32((next - now) / 1000)) }
    }
    try append(FollowCommand.end, to: store, context)
    let seen = try child.line()?.split(separator: " ").compactMap { UInt64($0) } ?? []
    child.waitUntilExit()
    try store.close()
    return seen
  }

  /// A record that begins with a time of 20 digits, and is text from there on.
  private func append(_ time: UInt64, to store: any Store, _ context: Context) throws {
    let digits = String(time)
    let stamp = String(repeating: "0", count: 20 - digits.count) + digits
    let payload = Array(stamp.utf8) + context.corpus.payload(1, byteCount: 236)
    try payload.withUnsafeBytes { try store.append($0, stream: 0) }
  }
}
