import CSQLite

/// A connection; used by one thread at a time.
final class SQLiteConnection {
  private var handle: OpaquePointer?

  init(_ path: String) throws {
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
    try check(sqlite3_open_v2(path, &handle, flags, nil))
    sqlite3_busy_timeout(handle, 10_000)
  }

  deinit { sqlite3_close_v2(handle) }

  func execute(_ text: String) throws { try check(sqlite3_exec(handle, text, nil, nil, nil)) }

  func prepare(_ text: String) throws -> SQLiteStatement {
    var statement: OpaquePointer?
    try check(sqlite3_prepare_v2(handle, text, -1, &statement, nil))
    return SQLiteStatement(statement!, self)
  }

  func check(_ code: CInt) throws {
    guard code == SQLITE_OK else {
      throw ContenderError("SQLite: \(String(cString: sqlite3_errmsg(handle)))")
    }
  }
}

/// A prepared statement; it keeps its connection open.
final class SQLiteStatement {
  private let handle: OpaquePointer
  private let connection: SQLiteConnection

  init(_ handle: OpaquePointer, _ connection: SQLiteConnection) {
    self.handle = handle
    self.connection = connection
  }

  deinit { sqlite3_finalize(handle) }

  func bind(_ index: CInt, _ value: Int64) { sqlite3_bind_int64(handle, index, value) }

  /// Without a copy: `bytes` stay valid until the statement has run.
  func bind(_ index: CInt, _ bytes: UnsafeRawBufferPointer) {
    sqlite3_bind_blob(handle, index, bytes.baseAddress, CInt(bytes.count), nil)
  }

  /// Whether there is a row.
  func step() throws -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code:
      try connection.check(code)
      return false
    }
  }

  func run() throws {
    _ = try step()
    reset()
  }

  func reset() { sqlite3_reset(handle) }
  func integer(_ column: CInt) -> Int64 { sqlite3_column_int64(handle, column) }

  func blob(_ column: CInt) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(
      start: sqlite3_column_blob(handle, column), count: Int(sqlite3_column_bytes(handle, column)))
  }
}
