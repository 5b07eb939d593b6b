import CLMDB

/// A database, and a copy of it for each checkpoint.
final class LMDBStates: StateStore {
  private static let copyLimit = 3
  private let environment: OpaquePointer
  private let state: MDB_dbi
  private var copies: [MDB_dbi] = []
  private var copyCount = 0
  private let corpus: Corpus

  init(_ directory: String, _ corpus: Corpus) throws {
    var environment: OpaquePointer?
    try check(mdb_env_create(&environment))
    try check(mdb_env_set_mapsize(environment, 32 << 30))
    try check(mdb_env_set_maxdbs(environment, 1 + UInt32(Self.copyLimit)))
    try check(mdb_env_open(environment, directory, UInt32(MDB_NOTLS), 0o600))
    self.environment = environment!
    self.corpus = corpus
    var databases: [MDB_dbi] = []
    var transaction: OpaquePointer?
    try check(mdb_txn_begin(environment, nil, 0, &transaction))
    for name in ["state"] + (0..<Self.copyLimit).map({ "copy\($0)" }) {
      var database: MDB_dbi = 0
      try check(mdb_dbi_open(transaction, name, UInt32(MDB_CREATE), &database))
      databases.append(database)
    }
    try check(mdb_txn_commit(transaction))
    state = databases[0]
    copies = Array(databases[1...])
  }

  private func transact<Result>(
    reading: Bool = false, _ body: (OpaquePointer?) throws -> Result
  ) throws -> Result {
    var transaction: OpaquePointer?
    try check(mdb_txn_begin(environment, nil, UInt32(reading ? MDB_RDONLY : 0), &transaction))
    let result = try body(transaction)
    try check(mdb_txn_commit(transaction))
    return result
  }

  func set(_ keys: Range<Int>, stride: Int, round: Int) throws {
    try transact { transaction in
      for key in Swift.stride(from: keys.lowerBound, to: keys.upperBound, by: stride) {
        var bytes = Corpus.stateKey(key)
        let payload = corpus.stateValue(key, round: round)
        try bytes.withUnsafeMutableBytes { bytes in
          var key = MDB_val(mv_size: bytes.count, mv_data: bytes.baseAddress)
          var value = MDB_val(
            mv_size: payload.count, mv_data: UnsafeMutableRawPointer(mutating: payload.baseAddress))
          try check(mdb_put(transaction, state, &key, &value, 0))
        }
      }
    }
  }

  func checkpoint() throws {
    let copy = copies[copyCount % Self.copyLimit]
    try transact { try fill(copy, from: state, $0) }
    copyCount += 1
  }

  func rollBack() throws {
    try transact { try fill(state, from: kept(before: 2), $0) }
  }

  private func kept(before count: Int) -> MDB_dbi { copies[(copyCount - count) % Self.copyLimit] }

  private func fill(
    _ target: MDB_dbi, from source: MDB_dbi, _ transaction: OpaquePointer?
  ) throws {
    try check(mdb_drop(transaction, target, 0))
    var cursor: OpaquePointer?
    try check(mdb_cursor_open(transaction, source, &cursor))
    defer { mdb_cursor_close(cursor) }
    var key = MDB_val()
    var value = MDB_val()
    while mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0 {
      try check(mdb_put(transaction, target, &key, &value, UInt32(MDB_APPEND)))
    }
  }

  func countDifferences() throws -> Int {
    try transact(reading: true) { transaction in
      var cursors: [OpaquePointer?] = [nil, nil]
      try check(mdb_cursor_open(transaction, kept(before: 2), &cursors[0]))
      try check(mdb_cursor_open(transaction, kept(before: 1), &cursors[1]))
      defer { for cursor in cursors { mdb_cursor_close(cursor) } }
      var count = 0
      var (key, old, new) = (MDB_val(), MDB_val(), MDB_val())
      // The keys of both are the same here.
      while mdb_cursor_get(cursors[0], &key, &old, MDB_NEXT) == 0,
        mdb_cursor_get(cursors[1], &key, &new, MDB_NEXT) == 0
      {
        let isEqual = UnsafeRawBufferPointer(start: old.mv_data, count: old.mv_size)
          .elementsEqual(UnsafeRawBufferPointer(start: new.mv_data, count: new.mv_size))
        if !isEqual { count += 1 }
      }
      return count
    }
  }

  func readKept(_ key: Int) throws -> Int {
    try transact(reading: true) { transaction in
      var bytes = Corpus.stateKey(key)
      return try bytes.withUnsafeMutableBytes { bytes in
        var key = MDB_val(mv_size: bytes.count, mv_data: bytes.baseAddress)
        var value = MDB_val()
        try check(mdb_get(transaction, kept(before: 2), &key, &value))
        return value.mv_size
      }
    }
  }

  func close() throws { mdb_env_close(environment) }
}

private func check(_ code: CInt) throws {
  guard code == 0 else { throw ContenderError("LMDB: \(String(cString: mdb_strerror(code)))") }
}
