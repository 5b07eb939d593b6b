import ArgumentParser
import Foundation
import Intaglio

/// Follows a log that another process writes, and says how old each record was when it was seen.
struct FollowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "follow", shouldDisplay: false)

  enum Manner: String, ExpressibleByArgument {
    /// Looks once a millisecond.
    case poll
    /// Lets the engine say when there is something.
    case stream
  }

  /// What stands in place of a time in the first and the last record.
  static let warmUp: UInt64 = 0
  static let end: UInt64 = .max

  @Option var name: String
  // Not "directory", which the command above would take for its own, nor "contender".
  @Option var log: String
  @Option var manner: Manner

  func run() throws {
    guard let contender = Contenders.named(name) else {
      throw ContenderError("no contender \(name)")
    }
    var options = StoreOptions(mode: .synced)
    options.isFollower = true
    let store = try contender.open(log, options)
    var ages = Ages()
    switch manner {
    case .poll: try poll(store, &ages)
    case .stream: ages = try stream(store)
    }
    tell(ages.values.map { String($0) }.joined(separator: " "))
  }

  private func poll(_ store: any Store, _ ages: inout Ages) throws {
    var seen = try store.count()
    tell("ready")
    while !ages.isOver {
      let count = try store.count()
      while seen < count {
        try store.read(seen) { ages.take($0) }
        seen += 1
      }
      if !ages.isOver { usleep(1000) }
    }
  }

  private func stream(_ store: any Store) throws -> Ages {
    guard let follower = store as? IntaglioFollower else { throw ContenderError("no stream") }
    let reader = follower.reader
    let start = SequenceNumber(try reader.snapshot().count)
    let isDone = DispatchSemaphore(value: 0)
    let outcome = Outcome()
    Task {
      tell("ready")
      var ages = Ages()
      for try await record in reader.follow(from: start) {
        record.payload.withUnsafeBytes { ages.take($0) }
        if ages.isOver { break }
      }
      outcome.ages = ages
      isDone.signal()
    }
    isDone.wait()
    return outcome.ages
  }

  private final class Outcome: @unchecked Sendable {  // The semaphore orders writing and reading.
    var ages = Ages()
  }

  /// How old records were when they were seen, in nanoseconds.
  struct Ages {
    private(set) var values: [UInt64] = []
    private(set) var isOver = false

    mutating func take(_ payload: UnsafeRawBufferPointer) {
      let now = nanoseconds()
      guard payload.count >= 20,
        let time = UInt64(String(decoding: payload.prefix(20), as: UTF8.self))
      else { return }
      switch time {
      case FollowCommand.end: isOver = true
      case FollowCommand.warmUp: break
      default: values.append(now - min(time, now))
      }
    }
  }
}
