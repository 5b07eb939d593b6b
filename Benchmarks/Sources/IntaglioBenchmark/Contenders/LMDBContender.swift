import CLMDB
import Synchronization

/// LMDB with keys in order (`MDB_APPEND`): one transaction an acknowledgement.
///
/// Unsynced modes set `MDB_NOSYNC`: they survive `kill -9`; after the loss of power the whole
/// environment may be damaged, not only its end.
struct LMDBContender: Contender {
  var name: String { "LMDB" }
  var version: String {
    var (major, minor, patch) = (CInt(0), CInt(0), CInt(0))
    mdb_version(&major, &minor, &patch)
    return "\(major).\(minor).\(patch)"
  }
  var modes: Set<Mode> { [.written, .writtenBatches, .synced, .syncedBatches] }
  var abilities: Abilities {
    [.threads, .pointReads, .streams, .mixed, .reopening, .following, .scans]
  }

  func open(_ directory: String, _ options: StoreOptions) throws -> any Store {
    try LMDBStore(directory, options)
  }
}

final class LMDBStore: Store, @unchecked Sendable {  // `lock` guards the chain; LMDB the rest.
  private let environment: OpaquePointer
  private let records: MDB_dbi
  private let byStream: MDB_dbi?
  private var view: OpaquePointer?
  private let lock: Mutex<Void>
  private let chain: OneLaneChain

  init(_ directory: String, _ options: StoreOptions) throws {
    var environment: OpaquePointer?
    try check(mdb_env_create(&environment))
    self.environment = environment!
    try check(mdb_env_set_mapsize(environment, 32 << 30))
    try check(mdb_env_set_maxdbs(environment, 2))
    // Readers are not bound to threads: a reading transaction is kept beside the writing ones.
    let sync = options.mode.isSynced ? 0 : MDB_NOSYNC
    let access = options.isFollower ? MDB_RDONLY : 0
    try check(mdb_env_open(environment, directory, UInt32(sync | access | MDB_NOTLS), 0o600))
    var transaction: OpaquePointer?
    try check(mdb_txn_begin(environment, nil, UInt32(access), &transaction))
    var records: MDB_dbi = 0
    let creation = options.isFollower ? 0 : MDB_CREATE
    try check(mdb_dbi_open(transaction, "records", UInt32(creation | MDB_INTEGERKEY), &records))
    self.records = records
    if options.streamCount > 1 {
      var byStream: MDB_dbi = 0
      let flags = creation | MDB_INTEGERKEY | MDB_DUPSORT | MDB_DUPFIXED | MDB_INTEGERDUP
      try check(mdb_dbi_open(transaction, "by-stream", UInt32(flags), &byStream))
      self.byStream = byStream
    } else {
      byStream = nil
    }
    chain = try Self.lastChain(transaction, records)
    lock = Mutex(())
    try check(mdb_txn_commit(transaction))
    try check(mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &view))
  }

  func append(_ payload: UnsafeRawBufferPointer, stream: Int) throws {
    try lock.withLock { _ in
      try transact { transaction in try add(transaction, payload, stream) }
    }
  }

  func append(
    batchOf count: Int, _ payload: (Int) -> UnsafeRawBufferPointer, stream: (Int) -> Int
  ) throws {
    try transact { transaction in
      for index in 0..<count { try add(transaction, payload(index), stream(index)) }
    }
  }

  private func transact(_ body: (OpaquePointer?) throws -> Void) throws {
    var transaction: OpaquePointer?
    try check(mdb_txn_begin(environment, nil, 0, &transaction))
    try body(transaction)
    try check(mdb_txn_commit(transaction))
  }

  private func add(
    _ transaction: OpaquePointer?, _ payload: UnsafeRawBufferPointer, _ stream: Int
  ) throws {
    var number = chain.advance(payload)
    try withUnsafeMutableBytes(of: &number) { key in
      var key = MDB_val(mv_size: 8, mv_data: key.baseAddress)
      // Reserved, then filled in: one copy less.
      var value = MDB_val(mv_size: 32 + payload.count, mv_data: nil)
      try check(mdb_put(transaction, records, &key, &value, UInt32(MDB_APPEND | MDB_RESERVE)))
      value.mv_data.copyMemory(from: chain.value, byteCount: 32)
      (value.mv_data + 32).copyMemory(from: payload.baseAddress!, byteCount: payload.count)
      guard let byStream else { return }
      var stream = stream
      try withUnsafeMutableBytes(of: &stream) { streamKey in
        var streamKey = MDB_val(mv_size: 8, mv_data: streamKey.baseAddress)
        try check(mdb_put(transaction, byStream, &streamKey, &key, UInt32(MDB_APPENDDUP)))
      }
    }
  }

  func count() throws -> Int {
    try refresh()
    var status = MDB_stat()
    try check(mdb_stat(view, records, &status))
    return Int(status.ms_entries)
  }

  func refresh() throws {
    mdb_txn_reset(view)
    try check(mdb_txn_renew(view))
  }

  func read(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    var index = index
    try withUnsafeMutableBytes(of: &index) { key in
      var key = MDB_val(mv_size: 8, mv_data: key.baseAddress)
      var value = MDB_val()
      try check(mdb_get(view, records, &key, &value))
      try body(value.payload)
    }
  }

  func readStream(_ stream: Int) throws -> Int {
    guard let byStream else { throw ContenderError("no streams") }
    var cursor: OpaquePointer?
    try check(mdb_cursor_open(view, byStream, &cursor))
    defer { mdb_cursor_close(cursor) }
    var stream = stream
    var count = 0
    var sum: UInt64 = 0
    try withUnsafeMutableBytes(of: &stream) { bytes in
      var key = MDB_val(mv_size: 8, mv_data: bytes.baseAddress)
      var number = MDB_val()
      var result = mdb_cursor_get(cursor, &key, &number, MDB_SET_KEY)
      while result == 0 {
        sum &+= try read(number.mv_data.loadUnaligned(as: Int.self))
        count += 1
        result = mdb_cursor_get(cursor, &key, &number, MDB_NEXT_DUP)
      }
    }
    keep(sum)
    return count
  }

  func forEach(
    in range: Range<Int>,
    _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var transaction: OpaquePointer?
    var cursor: OpaquePointer?
    try check(mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &transaction))
    defer { mdb_txn_abort(transaction) }
    try check(mdb_cursor_open(transaction, records, &cursor))
    defer { mdb_cursor_close(cursor) }
    var first = range.lowerBound
    try withUnsafeMutableBytes(of: &first) { bytes in
      var key = MDB_val(mv_size: 8, mv_data: bytes.baseAddress)
      var value = MDB_val()
      var operation = MDB_SET_RANGE
      for _ in range {
        guard mdb_cursor_get(cursor, &key, &value, operation) == 0 else { break }
        operation = MDB_NEXT
        try body(value.payload, UnsafeRawBufferPointer(start: value.mv_data, count: 32))
      }
    }
  }

  func close() throws {
    mdb_txn_abort(view)
    mdb_env_close(environment)
  }

  private static func lastChain(
    _ transaction: OpaquePointer?, _ records: MDB_dbi
  ) throws -> OneLaneChain {
    var cursor: OpaquePointer?
    try check(mdb_cursor_open(transaction, records, &cursor))
    defer { mdb_cursor_close(cursor) }
    var key = MDB_val()
    var value = MDB_val()
    guard mdb_cursor_get(cursor, &key, &value, MDB_LAST) == 0 else { return OneLaneChain() }
    return OneLaneChain(
      count: key.mv_data.loadUnaligned(as: Int.self) + 1,
      last: UnsafeRawBufferPointer(start: value.mv_data, count: 32))
  }
}

extension MDB_val {
  /// What follows the 32 bytes of the chain value.
  fileprivate var payload: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: mv_data + 32, count: mv_size - 32)
  }
}

private func check(_ code: CInt) throws {
  guard code == 0 else { throw ContenderError("LMDB: \(String(cString: mdb_strerror(code)))") }
}
