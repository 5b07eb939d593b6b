internal import IntaglioFormat

/// How words are checked, quoted and guessed in messages.
enum Spelling {
  private static let quotedScalarCount = 60

  /// Whether `text` is a name: 1 to 64 of the characters `A-Z a-z 0-9 . _ -`, and those in `others`.
  static func isName(_ text: String, or others: String = "") -> Bool {
    (1...Policy.Bounds.nameCharacterCount).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: (".-_" + others).utf8.contains(byte)
        }
      }
  }

  /// In quotation marks, on one line, cut if it is long.
  static func quoted(_ text: String) -> String {
    let scalars = text.unicodeScalars
    let beginning = scalars.prefix(quotedScalarCount).map { isHostile($0) ? " " : $0 }
    var quoted = "'"
    quoted.unicodeScalars.append(contentsOf: beginning)
    return quoted + (scalars.count > quotedScalarCount ? "…'" : "'")
  }

  /// "did you mean 'x'?", or the words there are.
  static func hint(_ word: String, among words: [String]) -> String {
    let nearest = words.map { (word: $0, distance: distance(word, $0)) }.min {
      $0.distance < $1.distance
    }
    if let nearest, nearest.distance <= max(1, nearest.word.count / 3) {
      return "did you mean '\(nearest.word)'?"
    }
    return "known are \(words.joined(separator: ", "))"
  }

  /// The number of insertions, deletions, replacements and swaps of neighbours between two words (optimal string
  /// alignment); long words are cut.
  private static func distance(_ first: String, _ second: String) -> Int {
    let (first, second) = (Array(first.utf8.prefix(64)), Array(second.utf8.prefix(64)))
    var table = [Array(0...second.count)]
    for (line, byte) in first.enumerated() {
      var row = [line + 1]
      for (column, other) in second.enumerated() {
        let replaced = table[line][column] + (byte == other ? 0 : 1)
        var distance = min(replaced, table[line][column + 1] + 1, row[column] + 1)
        if line > 0, column > 0, byte == second[column - 1], first[line - 1] == other {
          distance = min(distance, table[line - 1][column - 1] + 1)
        }
        row.append(distance)
      }
      table.append(row)
    }
    return table[first.count][second.count]
  }
}
