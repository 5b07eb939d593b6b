package import Intaglio
internal import IntaglioFormat
package import IntaglioStorage
package import SystemPackage

/// Which directory a store is, whatever the path that leads there.
struct StoreIdentity: Hashable, Sendable {
  let device: UInt64
  let inode: UInt64
}

/// A governor's store: a directory of logs named `0`, `1` and so on.
///
/// Each process that governs writes one of them; commands read all.
package struct StoreDirectory: Sendable {
  private let directory: Directory
  package var path: FilePath { directory.path }

  package init(_ path: FilePath, in system: any FileSystem = SystemFileSystem()) {
    directory = Directory(path, in: system)
  }

  /// How many processes may write one store at a time.
  static let logLimit = 10_000

  /// The numbers of the logs that are there, ascending.
  package func logNumbers() throws(LogError) -> [Int] {
    try names().compactMap { name in
      Int(name).flatMap { $0 >= 0 && $0 < Self.logLimit && String($0) == name ? $0 : nil }
    }.sorted()
  }

  /// Whether the directory is itself one log, as `intaglio init` makes them, and no store.
  package func isLog() throws(LogError) -> Bool { try names().contains("MANIFEST") }

  private func names() throws(LogError) -> [String] {
    do throws(StorageError) { return try directory.names() } catch {
      if error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory {
        throw LogError(
          .notALog, "\(path) is not a store: there is no such directory", cause: error)
      }
      throw LogError(.storage, "\(error)", cause: error)
    }
  }

  package func logPath(_ number: Int) -> FilePath { path.appending(String(number)) }

  /// Makes the directory if it is not there, readable by its owner alone.
  func make() throws(GovernorError) -> StoreIdentity {
    do throws(StorageError) {
      _ = try directory.make()
      // Else the loss of power could take the directory with everything in it. Also where it was there: who made it may
      // not have come so far.
      let parent = path.removingLastComponent()
      try Directory(parent.isEmpty ? "." : parent, in: directory.system).synchronize()
      guard let status = try directory.status(of: ".") else {
        throw StorageError("find the store", path, .noSuchFileOrDirectory)
      }
      return StoreIdentity(device: status.device, inode: status.inode)
    } catch {
      throw GovernorError(
        .engine,
        "\(escaped("\(error)")): choose a directory for the store that can be made and written")
    }
  }

  /// The number of the user whose directory it is.
  func owner() throws(GovernorError) -> UInt32 {
    do throws(StorageError) {
      guard let status = try directory.status(of: ".") else {
        throw StorageError("find", path, .noSuchFileOrDirectory)
      }
      return status.owner
    } catch { throw GovernorError(.engine, escaped("\(error)")) }
  }

  /// The first log that nobody writes, open; a new one if all are taken.
  ///
  /// A damaged log is an error, not a reason to take the next: nobody may believe that all is well.
  func openFirstFreeLog(
    _ options: LogOptions, _ surroundings: Surroundings
  ) throws(GovernorError) -> Log {
    if try governing({ () throws(LogError) in try isLog() }) {
      throw GovernorError(
        .invalid,
        "\(escaped(path.string)) is a single log, and a governor needs a store, a directory of logs: choose another path"
      )
    }
    for number in 0..<Self.logLimit {
      do throws(LogError) {
        return try Log.open(
          at: logPath(number), creatingIfMissing: true, options: options,
          surroundings: surroundings)
      } catch {
        // Another process may just have made it: then it is taken.
        guard error.code == .busy || error.code == .exists else { throw GovernorError(error) }
      }
    }
    throw GovernorError(
      .engine,
      "all \(Self.logLimit) logs of the store \(escaped(path.string)) are being written: end some processes"
    )
  }
}
