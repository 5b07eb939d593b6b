/// All contenders, in the order of the tables; the first is what the others are compared with.
enum Contenders {
  static let intaglio = IntaglioContender()
  static let plain = PlainContender(form: .twoStep)
  static let plainOneLane = PlainContender(form: .oneLane)
  static let sqliteOff = SQLiteContender(synchronous: .off)
  static let sqliteNormal = SQLiteContender(synchronous: .normal)
  static let sqliteFull = SQLiteContender(synchronous: .full)

  static let all: [any Contender] = [
    intaglio, plain, plainOneLane, sqliteOff, sqliteNormal, sqliteFull, LMDBContender(),
    RocksDBContender(), LevelDBContender(), JSONLinesContender(),
  ]

  static func named(_ name: String) -> (any Contender)? { all.first { $0.name == name } }

  /// For reading, SQLite's settings of `synchronous` make no difference: one of them is enough.
  static let readers = all.filter { !["SQLite OFF", "SQLite FULL"].contains($0.name) }
}
