/// The colour of each contender, the same in every plot, legible on light and dark.
enum Palette {
  private static let colors = [
    "Intaglio": "#d9480f", "Intaglio follow": "#e8915f", "Intaglio whole call": "#e8915f",
    "plain C": "#868e96",
    "plain C one-lane": "#b0b7bd", "lanes' limit": "#495057", "SQLite OFF": "#74a9e0",
    "SQLite NORMAL": "#3b82d0", "SQLite FULL": "#1c5fa8", "LMDB": "#2f9e44", "RocksDB": "#b8860b",
    "LevelDB": "#9c5fb5", "JSON Lines": "#d6336c",
  ]

  static func color(_ contender: String) -> String { colors[contender] ?? "#0b9aa0" }
}
