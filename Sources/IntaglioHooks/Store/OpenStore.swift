internal import Intaglio
internal import IntaglioFormat
internal import IntaglioStorage
internal import SystemPackage

/// The log of a store that this process writes, and the thread that does it; shared by all governors on one path.
final class OpenStore: Sendable {
  let logPath: FilePath
  let logID: LogID
  let thread: GovernorThread
  let executor: RunExecutor
  let clock: SystemClock
  /// What could not be recorded, until it can.
  let gaps = Locked<[Gap]>([])
  private let identity: StoreIdentity

  private init(
    _ log: Log, _ core: sending GovernorCore, _ identity: StoreIdentity, clock: SystemClock
  ) {
    logPath = log.path
    logID = log.manifest.logID
    thread = GovernorThread(core)
    executor = RunExecutor(for: thread)
    self.clock = clock
    self.identity = identity
  }

  private struct Shared: Sendable {
    var store: OpenStore
    var userCount: Int
  }

  /// The stores that this process has open.
  private static let shared = LockedPerProcess<[StoreIdentity: Shared]>([:])

  /// Opens the store at `path`: the one that this process has open there, or the first of its logs that nobody writes.
  ///
  /// Blocks while it does.
  static func open(
    at path: FilePath, _ options: LogOptions, _ surroundings: Surroundings
  ) throws(GovernorError) -> OpenStore {
    let directory = StoreDirectory(path, in: surroundings.system)
    let identity = try directory.make()
    // The lock is kept while the log opens: two threads must not take two logs.
    return try shared.withLock { shared throws(GovernorError) in
      if var known = shared[identity] {
        known.userCount += 1
        shared[identity] = known
        return known.store
      }
      let log = try directory.openFirstFreeLog(options, surroundings)
      let store = OpenStore(
        log, try GovernorCore(log, in: directory, surroundings), identity, clock: surroundings.clock
      )
      shared[identity] = Shared(store: store, userCount: 1)
      return store
    }
  }

  /// Opens the one log at `path` of a store, which no process may be writing; for commands.
  ///
  /// Blocks while it does.
  static func open(
    logAt path: FilePath, _ options: LogOptions, _ surroundings: Surroundings
  ) throws(GovernorError) -> OpenStore {
    let identity = try StoreDirectory(path, in: surroundings.system).make()
    let log = try governing { () throws(LogError) in
      try Log.open(at: path, options: options, surroundings: surroundings)
    }
    let directory = StoreDirectory(path.removingLastComponent(), in: surroundings.system)
    let store = OpenStore(
      log, try GovernorCore(log, in: directory, surroundings), identity, clock: surroundings.clock)
    shared.withLock { $0[identity] = Shared(store: store, userCount: 1) }
    return store
  }

  /// Gives the store up; the last governor's closing ends the thread and closes the log, and waits until it has.
  func close() {
    Self.shared.withLock { shared in
      guard var known = shared[identity], known.store === self else { return }
      known.userCount -= 1
      shared[identity] = known.userCount > 0 ? known : nil
      // Still under the lock: who opens the path now must find the log free.
      if known.userCount == 0 { thread.close() }
    }
  }
}
