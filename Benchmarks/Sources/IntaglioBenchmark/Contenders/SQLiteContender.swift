import CSQLite
import Synchronization

/// SQLite in WAL mode, at its defaults but for `synchronous`.
struct SQLiteContender: Contender {
  enum Synchronous: String, Sendable { case off, normal, full }
  let synchronous: Synchronous

  var name: String { "SQLite \(synchronous.rawValue.uppercased())" }
  var version: String { "\(String(cString: sqlite3_libversion())), WAL" }
  /// OFF and NORMAL survive `kill -9`, only FULL the loss of power.
  var modes: Set<Mode> {
    synchronous == .full ? [.synced, .syncedBatches] : [.written, .writtenBatches]
  }
  var abilities: Abilities {
    [.threads, .pointReads, .streams, .mixed, .reopening, .following, .scans]
  }

  func open(_ directory: String, _ options: StoreOptions) throws -> any Store {
    try SQLiteStore(directory + "/log.db", synchronous, options)
  }
}

final class SQLiteStore: Store, @unchecked Sendable {  // `lock` guards the writing connection.
  private let writer: SQLiteConnection
  private let reader: SQLiteConnection
  private let path: String
  private let chain: OneLaneChain
  private let lock = Mutex(())
  private let insert: SQLiteStatement
  private let begin: SQLiteStatement
  private let commit: SQLiteStatement
  private let select: SQLiteStatement
  private let selectStream: SQLiteStatement?
  private let hasStreams: Bool

  init(_ path: String, _ synchronous: SQLiteContender.Synchronous, _ options: StoreOptions) throws {
    self.path = path
    hasStreams = options.streamCount > 1
    writer = try SQLiteConnection(path)
    try writer.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=\(synchronous.rawValue)")
    try writer.execute(
      "CREATE TABLE IF NOT EXISTS records"
        + "(seq INTEGER PRIMARY KEY, payload BLOB, chain BLOB, stream INTEGER)")
    if hasStreams {
      try writer.execute("CREATE INDEX IF NOT EXISTS by_stream ON records(stream, seq)")
    }
    let last = try writer.prepare("SELECT seq, chain FROM records ORDER BY seq DESC LIMIT 1")
    chain =
      try last.step()
      ? OneLaneChain(count: Int(last.integer(0)) + 1, last: last.blob(1)) : OneLaneChain()
    last.reset()
    insert = try writer.prepare("INSERT INTO records VALUES (?, ?, ?, ?)")
    begin = try writer.prepare("BEGIN IMMEDIATE")
    commit = try writer.prepare("COMMIT")
    reader = try SQLiteConnection(path)
    select = try reader.prepare("SELECT payload FROM records WHERE seq = ?")
    selectStream =
      hasStreams
      ? try reader.prepare("SELECT payload FROM records WHERE stream = ? ORDER BY seq") : nil
  }

  func append(_ payload: UnsafeRawBufferPointer, stream: Int) throws {
    try lock.withLock { _ in try add(payload, stream) }
  }

  func append(
    batchOf count: Int, _ payload: (Int) -> UnsafeRawBufferPointer, stream: (Int) -> Int
  ) throws {
    try begin.run()
    for index in 0..<count { try add(payload(index), stream(index)) }
    try commit.run()
  }

  private func add(_ payload: UnsafeRawBufferPointer, _ stream: Int) throws {
    insert.bind(1, Int64(chain.advance(payload)))
    insert.bind(2, payload)
    insert.bind(3, UnsafeRawBufferPointer(start: chain.value, count: 32))
    insert.bind(4, Int64(stream))
    try insert.run()
  }

  func count() throws -> Int {
    let statement = try reader.prepare("SELECT coalesce(max(seq) + 1, 0) FROM records")
    _ = try statement.step()
    return Int(statement.integer(0))
  }

  func read(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    select.bind(1, Int64(index))
    defer { select.reset() }
    guard try select.step() else { throw ContenderError("no record \(index)") }
    try body(select.blob(0))
  }

  func readStream(_ stream: Int) throws -> Int {
    guard let selectStream else { throw ContenderError("no streams") }
    selectStream.bind(1, Int64(stream))
    defer { selectStream.reset() }
    var count = 0
    var sum: UInt64 = 0
    while try selectStream.step() {
      sum &+= selectStream.blob(0).sum
      count += 1
    }
    keep(sum)
    return count
  }

  func forEach(
    in range: Range<Int>,
    _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let connection = try SQLiteConnection(path)
    let statement = try connection.prepare(
      "SELECT payload, chain FROM records WHERE seq >= ? AND seq < ? ORDER BY seq")
    statement.bind(1, Int64(range.lowerBound))
    statement.bind(2, Int64(range.upperBound))
    while try statement.step() { try body(statement.blob(0), statement.blob(1)) }
  }

  /// Statements and connections close as they go.
  func close() throws {}
}
