internal import IntaglioFormat
internal import IntaglioStorage
internal import Synchronization

/// What stands behind an open `Log`: the writer under its lock, its threads, and what readers see.
///
/// Locks are taken in no other order than: `spaces`, `streams`, `writer`, then `published`; an `EventCount` or index lock may be taken under none
/// or any of them, and nothing is taken under it.
final class Engine: Sendable {
  static let stagingByteCount = 1 << 20
  private static let bufferLimitWhereSyncsAreRare = 16

  let directory: LogDirectory
  let manifest: Manifest
  let options: LogOptions
  let clock: SystemClock
  let lock: Locked<DirectoryLock?>
  let head: HeadFile
  let forkGeneration = ForkGuard.generation

  let writer: Locked<Writer>
  let published: Locked<Published>
  let streams = Locked<[[UInt8]: LogStream]>([:])
  /// The state spaces that were asked for, by name.
  let spaces = Locked<[[UInt8]: SpaceCore]>([:])

  /// Whoever waits for a group's commit waits at the group's number modulo 4, so that the others sleep on.
  let groupEvents = [EventCount(), EventCount(), EventCount(), EventCount()]
  /// A buffer was freed, a segment was changed, or the log failed.
  let spaceEvents = EventCount()
  let committerEvents = EventCount()
  let asynchronousWaiters = Locked<[AsynchronousWaiter]>([])
  let followers = Locked<[UInt64: CheckedContinuation<Void, Never>]>([:])
  let followerNumber = Atomic<UInt64>(0)
  let threads = Locked<[BackgroundThread]>([])
  let housekeeping = Housekeeping()
  let staging = Locked<StagingFile?>(nil)
  /// Whether the file `staging` may get more slots.
  let stagingGrows = Atomic<Bool>(false)
  let clockOffset: Atomic<UInt64>

  /// What snapshots are made of.
  struct Published: Sendable {
    var list: SegmentList
    var count: UInt64
    var chain: Digest
  }

  struct AsynchronousWaiter: Sendable {
    let count: UInt64
    let continuation: CheckedContinuation<Result<Void, LogError>, Never>
  }

  init(
    directory: LogDirectory, manifest: Manifest, options: LogOptions, clock: SystemClock,
    lock: consuming DirectoryLock, head: HeadFile, writer: sending Writer, published: Published
  ) {
    self.directory = directory
    self.manifest = manifest
    self.options = options
    self.clock = clock
    self.lock = Locked(lock)
    self.head = head
    self.writer = Locked(writer)
    self.published = Locked(published)
    clockOffset = Atomic(clock.wall() &- clock.boot())
  }

  func start() {
    threads.withLock { threads in
      threads.append(BackgroundThread { [self] in runCommitter() })
      threads.append(BackgroundThread { [self] in runHousekeeping() })
    }
  }

  /// What is written, up to a commit.
  var snapshot: Snapshot {
    published.withLock { Snapshot(list: $0.list, count: $0.count, chain: $0.chain) }
  }

  func checkFork() throws(LogError) {
    guard ForkGuard.generation == forkGeneration else {
      throw LogError(
        .forked,
        "\(directory.path) was opened before this process was forked: open the log again in the child"
      )
    }
  }

  static func bufferLimit(_ options: LogOptions) -> Int {
    options.durability == .synced ? 2 : bufferLimitWhereSyncsAreRare
  }

  /// Whether an acknowledgement needs a sync.
  var acknowledgesSynced: Bool { options.durability == .synced }
}
