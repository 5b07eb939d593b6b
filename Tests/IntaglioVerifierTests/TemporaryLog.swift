import Glibc
import IntaglioFormat
import IntaglioStorage
import IntaglioVerifier
import SystemPackage

/// A log's directory that is removed with the value.
final class TemporaryLog: Sendable {
  let path: FilePath
  private let system = SystemFileSystem()

  init() throws {
    let name = "intaglio-verifier-\(UInt64.random(in: 0...UInt64.max))"
    path = FilePath("/tmp").appending(name)
    _ = try Directory(path, in: system).make()
  }

  convenience init(_ log: LogBuilder) throws {
    try self.init()
    try write(log)
  }

  deinit { Self.remove(path) }

  func write(_ log: LogBuilder) throws {
    try write(FileName.manifest, log.manifest.encoded)
    if log.generation != nil { try write(FileName.head, log.head) }
    for segment in log.segments {
      try write(
        "\(FileName.segments)/\(FileName.segment(segment.header.firstSequence))", segment.bytes)
    }
  }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    let parts = name.split(separator: "/")
    if parts.count > 1 { _ = try Directory(path.appending(String(parts[0])), in: system).make() }
    let file = try File(path.appending(name), .create, in: system)
    try file.truncate(to: 0)
    try file.write(bytes, at: 0)
  }

  func remove(_ name: String) throws {
    try Directory(path, in: system).remove(name)
  }

  func verify(_ change: (inout Verifier) -> Void = { _ in }) throws -> Report {
    var verifier = Verifier()
    change(&verifier)
    return try verifier.verify(path)
  }

  /// As `verify`, while a writer holds the lock.
  func verifyWhileLocked() throws -> Report {
    let lock = try DirectoryLock.take(path.appending(FileName.lock), in: system)
    let report = try verify()
    _ = consume lock
    return report
  }

  private static func remove(_ path: FilePath) {
    let directory = Directory(path, in: SystemFileSystem())
    for name in (try? directory.names()) ?? [] {
      if (try? directory.status(of: name))??.isDirectory == true {
        remove(path.appending(name))
      } else {
        try? directory.remove(name)
      }
    }
    rmdir(path.string)
  }
}
