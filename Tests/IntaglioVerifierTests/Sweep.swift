import Glibc
import IntaglioFormat
import IntaglioStorage
import IntaglioTestSupport
import IntaglioVerifier
import Synchronization
import SystemPackage
import Testing

/// A copy of a log in a directory of its own, for tests that damage it.
final class DamagedCopy {
  private let directory: TemporaryDirectory
  private let log: SampleLog
  let path: FilePath

  init(_ log: SampleLog) throws {
    self.log = log
    directory = try .inMemory()
    path = directory.path(of: "log")
    try restoreAll()
  }

  /// Makes the whole directory as it was.
  func restoreAll() throws {
    removeDirectory(path)
    for directory in ["", "segments", "quarantine", "inbox"] {
      _ = try Directory(path.appending(directory), in: SystemFileSystem()).make()
    }
    for name in log.files.keys { try restore(name) }
  }

  func restore(_ name: String) throws { try write(name, log.files[name]!) }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    let file = try open(name)
    try file.truncate(to: bytes.count)
    try file.write(bytes, at: 0)
  }

  func open(_ name: String) throws -> File {
    try File(path.appending(name), .create, in: SystemFileSystem())
  }

  func remove(_ name: String) throws {
    try Directory(path, in: SystemFileSystem()).remove(name)
  }

  /// On this thread alone, and with segments that are read in several pieces.
  func verify() throws -> Report {
    var verifier = Verifier()
    verifier.threadCount = 1
    verifier.chunkByteCount = 4096
    return try verifier.verify(path)
  }
}

/// How the cases of a test went: all are counted, the first that went otherwise than expected are told.
struct Tally: Sendable {
  private(set) var caseCount = 0
  private(set) var failureCount = 0
  private(set) var failures: [String] = []

  mutating func check(_ mismatch: String?, _ name: @autoclosure () -> String) {
    caseCount += 1
    guard let mismatch else { return }
    failureCount += 1
    if failures.count < 20 { failures.append("\(name()): \(mismatch)") }
  }

  fileprivate mutating func add(_ other: Tally) {
    caseCount += other.caseCount
    failureCount += other.failureCount
    failures = Array((failures + other.failures).prefix(20))
  }
}

extension SampleLog {
  /// The files in pieces, so that all processors have something to do.
  func pieces(of names: [String]) -> [(name: String, range: Range<Int>)] {
    names.flatMap { name in
      let byteCount = files[name]!.count
      return stride(from: 0, to: byteCount, by: 256).map {
        (name: name, range: $0..<min($0 + 256, byteCount))
      }
    }
  }

  /// Everything is; but a debug build, where a check takes ten times as long, leaves out some.
  ///
  /// It tries a quarter of the frames' bytes (the seed says which), all those of segment `whole`, and every 16th byte of a
  /// long run of zeros. Of MANIFEST and of the fields of headers and HEAD it leaves out none.
  func isWorthATest(_ name: String, _ offset: Int, whole: Int? = nil) -> Bool {
    guard isDebugBuild, offset % 16 != 0 else { return true }
    if let index = segments.firstIndex(where: { $0.name == name }), index != whole,
      offset >= Self.headerByteCount
    {
      return offset % 4 == Int(Corruption.generator().seed % 4)
    }
    return files[name]![max(0, offset - 32)...].prefix(64).contains { $0 != 0 }
  }
}

/// Runs `body` for every job, on all processors, on each with a copy of the log of its own.
///
/// A job puts back what it has changed.
func sweep<Job: Sendable>(
  _ jobs: [Job], of log: SampleLog, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: @escaping @Sendable (Job, DamagedCopy, inout Tally) throws -> Void
) -> Tally {
  let next = Atomic(0)
  let total = Mutex(Tally())
  let run: @Sendable () -> Void = {
    var tally = Tally()
    do {
      let copy = try DamagedCopy(log)
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < jobs.count else { break }
        try body(jobs[index], copy, &tally)
        ForkGuard.letForksBy()
      }
    } catch {
      tally.check("\(error)", "no report")
    }
    let done = tally
    total.withLock { $0.add(done) }
  }
  let threadCount = max(1, Int(sysconf(CInt(_SC_NPROCESSORS_ONLN))))
  for thread in (0..<threadCount).map({ _ in BackgroundThread(run) }) { thread.join() }
  let tally = total.withLock { $0 }
  #expect(
    tally.failureCount == 0,
    "\(tally.failureCount) of \(tally.caseCount):\n\(tally.failures.joined(separator: "\n"))",
    sourceLocation: sourceLocation)
  return tally
}
