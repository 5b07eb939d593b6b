import Synchronization

/// The little that RocksDB and LevelDB are asked for.
protocol KeyValueDatabase: Sendable {
  associatedtype Batch
  associatedtype Cursor

  func makeBatch() -> Batch
  func clear(_ batch: Batch)
  func put(_ batch: Batch, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer)
  /// Writes the batch, and syncs it if the database was opened so.
  func write(_ batch: Batch) throws
  func free(_ batch: Batch)

  /// Calls `body` with the value; false if there is none.
  func get(
    _ key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Bool

  func makeCursor() -> Cursor
  func seek(_ cursor: Cursor, _ key: UnsafeRawBufferPointer)
  func seekToLast(_ cursor: Cursor)
  func advance(_ cursor: Cursor)
  func retreat(_ cursor: Cursor)
  /// Key and value where the cursor stands; nil past an end.
  func current(_ cursor: Cursor) -> (key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)?
  func free(_ cursor: Cursor)

  /// Writes out what a log-structured tree still has in its log, and closes.
  func close(flushing: Bool)
  func flushLog() throws
}

/// A chained log in a sorted key-value store.
///
/// Keys are numbers, values are the chain value and the payload; the keys of the index by stream
/// come after all of them. Threads are chained one by one and written together by the library's own
/// group commit: it may write them in another order, so a crash could leave a gap.
final class KeyValueStore<Database: KeyValueDatabase>: Store, @unchecked Sendable {
  // `lock` guards the chain; the database locks for itself.
  private let database: Database
  private let options: StoreOptions
  private let lock = Mutex(())
  private let chain: OneLaneChain
  private let batch: Database.Batch

  init(_ database: Database, _ options: StoreOptions) {
    self.database = database
    self.options = options
    chain = Self.lastChain(database)
    batch = database.makeBatch()
  }

  func append(_ payload: UnsafeRawBufferPointer, stream: Int) throws {
    let batch = database.makeBatch()
    defer { database.free(batch) }
    lock.withLock { _ in add(batch, payload, stream) }
    try database.write(batch)
  }

  func append(
    batchOf count: Int, _ payload: (Int) -> UnsafeRawBufferPointer, stream: (Int) -> Int
  ) throws {
    database.clear(batch)
    for index in 0..<count { add(batch, payload(index), stream(index)) }
    try database.write(batch)
  }

  func settle() throws { try database.flushLog() }

  private func add(_ batch: Database.Batch, _ payload: UnsafeRawBufferPointer, _ stream: Int) {
    let number = chain.advance(payload)
    let byteCount = 32 + payload.count
    withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 8) { value in
      value.baseAddress!.copyMemory(from: chain.value, byteCount: 32)
      UnsafeMutableRawBufferPointer(rebasing: value[32...]).copyMemory(from: payload)
      withKey(number) { database.put(batch, $0, UnsafeRawBufferPointer(value)) }
    }
    if options.streamCount > 1 {
      withKey(stream, number) {
        database.put(batch, $0, UnsafeRawBufferPointer(start: nil, count: 0))
      }
    }
  }

  /// What was appended through this store or found when it was opened.
  func count() throws -> Int { lock.withLock { _ in chain.count } }

  func read(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let isThere = try withKey(index) { key in
      try database.get(key) { try body(UnsafeRawBufferPointer(rebasing: $0[32...])) }
    }
    guard isThere else { throw ContenderError("no record \(index)") }
  }

  func readStream(_ stream: Int) throws -> Int {
    let cursor = database.makeCursor()
    defer { database.free(cursor) }
    var count = 0
    var sum: UInt64 = 0
    try withKey(stream, 0) { first in
      database.seek(cursor, first)
      while let (key, _) = database.current(cursor),
        key.count == 16, key.prefix(8).elementsEqual(first.prefix(8))
      {
        let number = UInt64(bigEndian: key.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        sum &+= try read(Int(number))
        count += 1
        database.advance(cursor)
      }
    }
    keep(sum)
    return count
  }

  func forEach(
    in range: Range<Int>,
    _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let cursor = database.makeCursor()
    defer { database.free(cursor) }
    withKey(range.lowerBound) { database.seek(cursor, $0) }
    for _ in range {
      guard let (_, value) = database.current(cursor) else { break }
      try body(
        UnsafeRawBufferPointer(rebasing: value[32...]),
        UnsafeRawBufferPointer(rebasing: value[..<32]))
      database.advance(cursor)
    }
  }

  func close() throws {
    database.free(batch)
    // Compression happens when tables are written: sizes are compared then.
    database.close(flushing: options.compresses)
  }

  private static func lastChain(_ database: Database) -> OneLaneChain {
    let cursor = database.makeCursor()
    defer { database.free(cursor) }
    // The first key of the index by stream stands behind the last record.
    withKey(0, 0) { database.seek(cursor, $0) }
    if database.current(cursor) != nil {
      database.retreat(cursor)
    } else {
      database.seekToLast(cursor)
    }
    guard let (key, value) = database.current(cursor), key.count == 8 else { return OneLaneChain() }
    return OneLaneChain(
      count: Int(UInt64(bigEndian: key.loadUnaligned(as: UInt64.self))) + 1, last: value)
  }
}

/// The key of record `number`: big-endian, so that keys sort as numbers.
private func withKey<Result>(
  _ number: Int, _ body: (UnsafeRawBufferPointer) throws -> Result
) rethrows -> Result {
  try withUnsafeBytes(of: UInt64(number).bigEndian, body)
}

/// The key of record `number` in the index by stream, which sorts behind all records.
private func withKey<Result>(
  _ stream: Int, _ number: Int, _ body: (UnsafeRawBufferPointer) throws -> Result
) rethrows -> Result {
  let words = [(UInt64(stream) | 1 << 63).bigEndian, UInt64(number).bigEndian]
  return try words.withUnsafeBytes(body)
}
