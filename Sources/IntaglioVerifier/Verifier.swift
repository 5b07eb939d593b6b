internal import Glibc
public import IntaglioFormat
package import IntaglioStorage
public import SystemPackage

/// Checks a log offline, trusting nothing but its bytes and the heads it is given.
///
/// Every record's content and every link of the chain is computed anew, on all processors, in memory that does not grow
/// with the log. The verifier only reads. It shares formats with the engine and no code that writes or recovers.
///
/// Then states are followed: every value is hashed, and every root computed anew from the changes before it. That needs 16
/// bytes for each record of a state, and what was changed between two checkpoints; nothing for a log without states.
///
/// A log may be written while it is checked: then it is judged up to what was durable when the check began, and nothing
/// is said about what came later.
///
/// What no check of the files alone can see: the whole directory set back to an older copy, and the loss of records after
/// the last head that is trusted. Give `trustedHeads` to see those.
public struct Verifier: Sendable {
  /// Heads that were noted outside the log: each must be part of its history.
  public var trustedHeads: [TrustedHead] = []
  /// Whether states are followed once the chain was judged, over the records that are committed in its valid part.
  public var checksState = true
  /// How many threads read and hash; by default as many as there are processors.
  public var threadCount: Int
  /// Called from time to time, from any of the threads but never by two at once; it should return soon.
  public var progress: (@Sendable (Progress) -> Void)?

  package var system: any FileSystem = SystemFileSystem()
  /// The identity of the running system; tests put another in its place.
  package var bootID: [UInt8] = BootID.current
  /// How many bytes of a segment a thread takes at a time: fewer cost more to read, and more leave threads without any at the
  /// end.
  package var chunkByteCount = 1 << 20

  /// A verifier that trusts no head and uses all processors.
  public init() { threadCount = max(1, Int(sysconf(CInt(_SC_NPROCESSORS_ONLN)))) }

  /// How far a check has come.
  public struct Progress: Sendable {
    /// Bytes of segment files that are checked.
    public let byteCount: Int
    /// Bytes of all segment files.
    public let totalByteCount: Int
  }

  /// Checks the log in `directory` and says what it is found to be; damage is a value in the report, never an error.
  ///
  /// - Throws: `VerifierError` if the log cannot be read: no such directory, no permission, not a log, a device that fails.
  public func verify(_ directory: FilePath) throws(VerifierError) -> Report {
    let log = Directory(directory, in: system)
    let start: LogFiles
    do throws(StorageError) {
      _ = try log.names()
      start = try LogFiles(log, bound: nil)
    } catch {
      throw VerifierError(error)
    }
    guard start.isLog else { throw VerifierError(notALog: directory) }
    do throws(StorageError) {
      let report = try check(start)
      // What looks like damage may be a writer that came in between.
      if !start.isLive && !report.isFaultless, try start.wasWritten(since: log) {
        return try check(LogFiles(log, bound: start.bound(trusting: trustedHeads)))
      }
      return report
    } catch {
      throw VerifierError(error)
    }
  }

  private func check(_ files: LogFiles) throws(StorageError) -> Report {
    if files.unsupported != nil { return Report(unsupported: files) }
    let bound = files.isLive ? files.bound(trusting: trustedHeads) : nil
    let heads = KnownHeads(files.slot, trustedHeads)
    let segments = files.segments(upTo: bound)
    let scan = ParallelScan(
      segments, logID: files.knownID, watched: heads.counts, bound: bound,
      chunkByteCount: chunkByteCount, progress: progress)
    let scanned = try scan.run(threadCount: threadCount)
    let judgement = try Judgement(
      files, scanned: scanned, heads: heads, bound: bound, bootID: bootID,
      checksState: checksState)
    return Report(judgement)
  }
}

/// The state of a log at a moment, noted outside it: a count of records and the chain value of the last of them.
public struct TrustedHead: Hashable, Sendable {
  /// How many records there were.
  public var count: UInt64
  /// The chain value of record `count` - 1.
  public var chain: Digest

  /// The head of a log when it had `count` records, the last of them with the chain value `chain`.
  public init(count: UInt64, chain: Digest) {
    self.count = count
    self.chain = chain
  }
}
