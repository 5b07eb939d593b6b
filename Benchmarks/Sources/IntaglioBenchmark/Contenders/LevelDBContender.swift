import CLevelDB

/// LevelDB at its defaults, compression off unless asked for.
struct LevelDBContender: Contender {
  var name: String { "LevelDB" }
  var version: String {
    "\(leveldb_major_version()).\(leveldb_minor_version())"
  }
  var modes: Set<Mode> { [.written, .writtenBatches, .synced, .syncedBatches] }
  var abilities: Abilities {
    [.threads, .pointReads, .streams, .mixed, .reopening, .scans, .compression]
  }

  func open(_ directory: String, _ options: StoreOptions) throws -> any Store {
    KeyValueStore(try LevelDBDatabase(directory + "/leveldb", options), options)
  }
}

// Unchecked: the library locks for itself.
final class LevelDBDatabase: KeyValueDatabase, @unchecked Sendable {
  private let handle: OpaquePointer
  private let writing: OpaquePointer
  private let reading: OpaquePointer

  init(_ path: String, _ options: StoreOptions) throws {
    let settings = leveldb_options_create()
    defer { leveldb_options_destroy(settings) }
    leveldb_options_set_create_if_missing(settings, 1)
    let compression = options.compresses ? leveldb_snappy_compression : leveldb_no_compression
    leveldb_options_set_compression(settings, CInt(compression))
    handle = try checked { leveldb_open(settings, path, $0) }!
    writing = leveldb_writeoptions_create()
    leveldb_writeoptions_set_sync(writing, options.mode.isSynced ? 1 : 0)
    reading = leveldb_readoptions_create()
  }

  func makeBatch() -> OpaquePointer { leveldb_writebatch_create() }
  func clear(_ batch: OpaquePointer) { leveldb_writebatch_clear(batch) }
  func free(_ batch: OpaquePointer) { leveldb_writebatch_destroy(batch) }

  func put(
    _ batch: OpaquePointer, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
  ) {
    leveldb_writebatch_put(batch, key.characters, key.count, value.characters, value.count)
  }

  func write(_ batch: OpaquePointer) throws {
    try checked { leveldb_write(handle, writing, batch, $0) }
  }

  func get(
    _ key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Bool {
    var count = 0
    let value = try checked {
      leveldb_get(handle, reading, key.characters, key.count, &count, $0)
    }
    guard let value else { return false }
    defer { leveldb_free(value) }
    try body(UnsafeRawBufferPointer(start: value, count: count))
    return true
  }

  func makeCursor() -> Cursor { Cursor(leveldb_create_iterator(handle, reading)) }
  func free(_ cursor: Cursor) { leveldb_iter_destroy(cursor.handle) }
  func seekToLast(_ cursor: Cursor) { leveldb_iter_seek_to_last(cursor.handle) }
  func advance(_ cursor: Cursor) { leveldb_iter_next(cursor.handle) }
  func retreat(_ cursor: Cursor) { leveldb_iter_prev(cursor.handle) }

  func seek(_ cursor: Cursor, _ key: UnsafeRawBufferPointer) {
    leveldb_iter_seek(cursor.handle, key.characters, key.count)
  }

  func current(
    _ cursor: Cursor
  ) -> (key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)? {
    guard leveldb_iter_valid(cursor.handle) != 0 else { return nil }
    var keyCount = 0
    var valueCount = 0
    let key = leveldb_iter_key(cursor.handle, &keyCount)
    let value = leveldb_iter_value(cursor.handle, &valueCount)
    return (
      UnsafeRawBufferPointer(start: key, count: keyCount),
      UnsafeRawBufferPointer(start: value, count: valueCount)
    )
  }

  /// Its log is written at every append.
  func flushLog() throws {}

  func close(flushing: Bool) {
    if flushing { leveldb_compact_range(handle, nil, 0, nil, 0) }
    leveldb_close(handle)
    leveldb_writeoptions_destroy(writing)
    leveldb_readoptions_destroy(reading)
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
  defer { leveldb_free(message) }
  throw ContenderError("LevelDB: \(String(cString: message))")
}

extension UnsafeRawBufferPointer {
  fileprivate var characters: UnsafePointer<CChar>? {
    baseAddress?.assumingMemoryBound(to: CChar.self)
  }
}
