@_spi(_Unicode) internal import Swift
internal import IntaglioFormat

/// Text that looks like what it is: NFC, and nothing in it that is hidden or moves what is around it.
package enum PlainText {
  /// The longest run of combining marks, that of Unicode's Stream-Safe Text Format (UAX #15); ordering longer ones would
  /// cost time that is quadratic.
  private static let combiningRunCount = 30

  /// What is wrong with `text`, to be read after "is text that"; nil if nothing is.
  package static func fault(in text: String, _ effort: inout Effort) -> String? {
    effort.spend(text.utf8.count)
    var isSimple = true
    var isASCII = true
    for byte in text.utf8 {
      // Below U+0300 nothing combines; 0xCC is the first byte of U+0300.
      if byte >= 0xCC { isSimple = false }
      if byte >= 0x7F { isASCII = false }
      if byte < 0x20, byte != 0x09, byte != 0x0A, byte != 0x0D { return "has control characters" }
    }
    if isASCII { return nil }
    var run = 0
    for scalar in text.unicodeScalars {
      if scalar.value >= 0x7F, isHidden(scalar) {
        return "has hidden or direction-changing characters"
      }
      if scalar.value < 0x300 || scalar.properties.canonicalCombiningClass == .notReordered {
        run = 0
      } else {
        run += 1
        if run > combiningRunCount { return "piles up combining marks" }
      }
    }
    if isSimple { return nil }
    effort.spend(text.utf8.count)
    return isComposed(text) ? nil : "is not in Unicode's form NFC"
  }

  /// Whether `text` is in Unicode's form NFC; takes time that is quadratic in the longest pile of combining marks.
  static func isComposed(_ text: String) -> Bool {
    text._nfc.elementsEqual(text.unicodeScalars)
  }

  package static func fault(in text: String) -> String? {
    var effort = Effort()
    return fault(in: text, &effort)
  }

  /// Whether `scalar` cannot be seen, or changes how others are seen.
  package static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar != "\n", scalar != "\t", scalar != "\r" else { return false }
    return isHostile(scalar) || scalar.properties.isDefaultIgnorableCodePoint
  }
}

extension String {
  /// Whether both are the same scalars; Swift's `==` takes canonically equivalent texts for equal.
  package func isSame(as other: String) -> Bool {
    let (mine, theirs) = (utf8.span, other.utf8.span)
    return mine.count == theirs.count && mine.indices.allSatisfy { mine[$0] == theirs[$0] }
  }
}
