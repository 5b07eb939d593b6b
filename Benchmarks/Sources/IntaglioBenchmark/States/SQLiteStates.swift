/// A table, and a copy of it for each checkpoint: a savepoint ends with its transaction, so it cannot be come back to.
final class SQLiteStates: StateStore {
  private let connection: SQLiteConnection
  private let corpus: Corpus
  private let insert: SQLiteStatement
  private var copyCount = 0

  init(_ directory: String, _ corpus: Corpus) throws {
    connection = try SQLiteConnection(directory + "/state.db")
    try connection.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
    try connection.execute(Self.table("state"))
    self.corpus = corpus
    insert = try connection.prepare("INSERT OR REPLACE INTO state VALUES (?, ?)")
  }

  private static func table(_ name: String) -> String {
    "CREATE TABLE \(name)(key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID"
  }

  func set(_ keys: Range<Int>, stride: Int, round: Int) throws {
    // Copies that nobody needs are given up where no clock runs.
    if copyCount > 2 { try connection.execute("DROP TABLE IF EXISTS copy\(copyCount - 3)") }
    try connection.execute("BEGIN IMMEDIATE")
    for key in Swift.stride(from: keys.lowerBound, to: keys.upperBound, by: stride) {
      try Corpus.stateKey(key).withUnsafeBytes { bytes in
        insert.bind(1, bytes)
        insert.bind(2, corpus.stateValue(key, round: round))
        try insert.run()
      }
    }
    try connection.execute("COMMIT")
  }

  func checkpoint() throws {
    let name = "copy\(copyCount)"
    try connection.execute(
      "BEGIN IMMEDIATE; \(Self.table(name)); INSERT INTO \(name) SELECT * FROM state; COMMIT")
    copyCount += 1
  }

  func rollBack() throws {
    try connection.execute(
      "BEGIN IMMEDIATE; DELETE FROM state; INSERT INTO state SELECT * FROM copy\(copyCount - 2); COMMIT"
    )
  }

  func countDifferences() throws -> Int {
    let statement = try connection.prepare(
      """
      SELECT count(*) FROM copy\(copyCount - 2) AS old FULL JOIN copy\(copyCount - 1) AS new \
      ON old.key = new.key WHERE old.value IS NOT new.value
      """)
    _ = try statement.step()
    return Int(statement.integer(0))
  }

  func readKept(_ key: Int) throws -> Int {
    let statement = try connection.prepare("SELECT value FROM copy\(copyCount - 2) WHERE key = ?")
    return try Corpus.stateKey(key).withUnsafeBytes { bytes in
      statement.bind(1, bytes)
      return try statement.step() ? statement.blob(0).count : 0
    }
  }

  func close() throws {}
}
