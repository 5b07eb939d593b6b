import CRocksDB
import Foundation

/// RocksDB at its defaults, compression off unless asked for.
struct RocksDBContender: Contender {
  var name: String { "RocksDB" }
  /// Its interface for C does not say: a new database does, in its file of options.
  var version: String {
    let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: directory) }
    try? RocksDBDatabase(directory.path, StoreOptions(mode: .written)).close(flushing: false)
    let files = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
    let texts = files.filter { $0.hasPrefix("OPTIONS") }.compactMap {
      try? String(contentsOf: directory.appending(path: $0), encoding: .utf8)
    }
    let line = texts.first?.split(separator: "\n").first { $0.contains("rocksdb_version=") }
    return line?.split(separator: "=").last.map { String($0) } ?? "unknown"
  }
  var modes: Set<Mode> { [.buffered, .written, .writtenBatches, .synced, .syncedBatches] }
  var abilities: Abilities {
    [.threads, .pointReads, .streams, .mixed, .reopening, .scans, .compression]
  }

  func open(_ directory: String, _ options: StoreOptions) throws -> any Store {
    KeyValueStore(try RocksDBDatabase(directory + "/rocksdb", options), options)
  }
}

// Unchecked: the library locks for itself.
final class RocksDBDatabase: KeyValueDatabase, @unchecked Sendable {
  private let handle: OpaquePointer
  private let writing: OpaquePointer
  private let reading: OpaquePointer

  init(_ path: String, _ options: StoreOptions) throws {
    let settings = rocksdb_options_create()
    defer { rocksdb_options_destroy(settings) }
    rocksdb_options_set_create_if_missing(settings, 1)
    let compression = options.compresses ? rocksdb_lz4_compression : rocksdb_no_compression
    rocksdb_options_set_compression(settings, CInt(compression))
    // Its own buffer before the log is written: the same loss as any other buffer.
    if options.mode == .buffered { rocksdb_options_set_manual_wal_flush(settings, 1) }
    handle = try checked { rocksdb_open(settings, path, $0) }!
    writing = rocksdb_writeoptions_create()
    rocksdb_writeoptions_set_sync(writing, options.mode.isSynced ? 1 : 0)
    reading = rocksdb_readoptions_create()
  }

  func makeBatch() -> OpaquePointer { rocksdb_writebatch_create() }
  func clear(_ batch: OpaquePointer) { rocksdb_writebatch_clear(batch) }
  func free(_ batch: OpaquePointer) { rocksdb_writebatch_destroy(batch) }

  func put(
    _ batch: OpaquePointer, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
  ) {
    rocksdb_writebatch_put(batch, key.characters, key.count, value.characters, value.count)
  }

  func write(_ batch: OpaquePointer) throws {
    try checked { rocksdb_write(handle, writing, batch, $0) }
  }

  func get(
    _ key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Bool {
    let slice = try checked {
      rocksdb_get_pinned(handle, reading, key.characters, key.count, $0)
    }
    guard let slice else { return false }
    defer { rocksdb_pinnableslice_destroy(slice) }
    var count = 0
    let value = rocksdb_pinnableslice_value(slice, &count)
    try body(UnsafeRawBufferPointer(start: value, count: count))
    return true
  }

  func makeCursor() -> Cursor { Cursor(rocksdb_create_iterator(handle, reading)) }
  func free(_ cursor: Cursor) { rocksdb_iter_destroy(cursor.handle) }
  func seekToLast(_ cursor: Cursor) { rocksdb_iter_seek_to_last(cursor.handle) }
  func advance(_ cursor: Cursor) { rocksdb_iter_next(cursor.handle) }
  func retreat(_ cursor: Cursor) { rocksdb_iter_prev(cursor.handle) }

  func seek(_ cursor: Cursor, _ key: UnsafeRawBufferPointer) {
    rocksdb_iter_seek(cursor.handle, key.characters, key.count)
  }

  func current(
    _ cursor: Cursor
  ) -> (key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)? {
    guard rocksdb_iter_valid(cursor.handle) != 0 else { return nil }
    var keyCount = 0
    var valueCount = 0
    let key = rocksdb_iter_key(cursor.handle, &keyCount)
    let value = rocksdb_iter_value(cursor.handle, &valueCount)
    return (
      UnsafeRawBufferPointer(start: key, count: keyCount),
      UnsafeRawBufferPointer(start: value, count: valueCount)
    )
  }

  func flushLog() throws { try checked { rocksdb_flush_wal(handle, 0, $0) } }

  func close(flushing: Bool) {
    if flushing {
      let settings = rocksdb_flushoptions_create()
      try? checked { rocksdb_flush(handle, settings, $0) }
      rocksdb_flushoptions_destroy(settings)
    }
    rocksdb_close(handle)
    rocksdb_writeoptions_destroy(writing)
    rocksdb_readoptions_destroy(reading)
  }

  /// An iterator of the library.
  struct Cursor {
    let handle: OpaquePointer
    init(_ handle: OpaquePointer) { self.handle = handle }
  }
}

/// Calls the library, and throws the message it left.
@discardableResult
private func checked<Result>(
  _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) throws -> Result {
  var message: UnsafeMutablePointer<CChar>?
  let result = body(&message)
  guard let message else { return result }
  defer { rocksdb_free(message) }
  throw ContenderError("RocksDB: \(String(cString: message))")
}

extension UnsafeRawBufferPointer {
  fileprivate var characters: UnsafePointer<CChar>? {
    baseAddress?.assumingMemoryBound(to: CChar.self)
  }
}
