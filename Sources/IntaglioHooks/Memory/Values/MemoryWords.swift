@_spi(_Unicode) internal import Swift

/// The words of a text, folded so that spelling in capitals makes no difference.
///
/// A text is put into lower case and into Unicode's form NFC, the last sigma of a Greek word is taken for any; what is left between scalars that are neither letters nor numbers nor
/// marks is a word. Nothing is stemmed and nothing is left out: "House" is found by `house`, and not by `houses`. Scripts that
/// are written without spaces have whole runs for words.
package enum MemoryWords {
  /// So much of a text is looked at: 64 KiB.
  static let byteLimit = 64 << 10
  /// How many words of an entry can be found.
  static let entryLimit = 256
  /// How many words a query may have.
  static let queryLimit = 32

  /// The distinct words of `text` in the order in which they come first, at most `limit`.
  package static func words(of text: String, limit: Int = .max) -> [String] {
    words(of: [text], limit: limit)
  }

  /// The distinct words of the texts, those of the first one first.
  static func words(of texts: [String], limit: Int) -> [String] {
    var words: [String] = []
    var known: Set<[UInt8]> = []
    for text in texts {
      let folded = text.prefix(utf8Count: byteLimit).lowercased()._nfc
      for word in folded.split(whereSeparator: { !isPart($0) }) {
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: word.map { $0 == "ς" ? "σ" : $0 })
        let word = String(scalars)
        guard known.insert(Array(word.utf8)).inserted else { continue }
        words.append(word)
        if words.count == limit { return words }
      }
    }
    return words
  }

  /// Whether `scalar` can stand in a word.
  private static func isPart(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .decimalNumber, .letterNumber, .otherNumber, .nonspacingMark, .spacingMark, .enclosingMark:
      true
    default: false
    }
  }
}
