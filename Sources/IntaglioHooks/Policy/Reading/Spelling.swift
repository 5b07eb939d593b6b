/// Finds the word that was probably meant.
enum Spelling {
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

  /// The number of insertions, deletions and replacements between two words (Levenshtein); long words are cut.
  static func distance(_ first: String, _ second: String) -> Int {
    let (first, second) = (Array(first.utf8.prefix(64)), Array(second.utf8.prefix(64)))
    var row = Array(0...second.count)
    for (line, byte) in first.enumerated() {
      var diagonal = row[0]
      row[0] = line + 1
      for (column, other) in second.enumerated() {
        let replaced = diagonal + (byte == other ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
      }
    }
    return row[second.count]
  }
}
