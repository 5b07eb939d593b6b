import IntaglioFormat
import Testing

@Suite struct EscapedTextTests {
  @Test(arguments: [
    ("\u{00}\u{1B}[2J\u{7F}", #"\u{0}\u{1B}[2J\u{7F}"#),
    ("\u{80}\u{9B}\u{9F}", #"\u{80}\u{9B}\u{9F}"#),
    ("a\tb\r\nc", #"a\u{9}b\u{D}\u{A}c"#), (#"\u{1B}"#, #"\\u{1B}"#),
    ("\u{61C}\u{200E}\u{200F}", #"\u{61C}\u{200E}\u{200F}"#),
    ("\u{202A}\u{202E}\u{2066}\u{2069}", #"\u{202A}\u{202E}\u{2066}\u{2069}"#),
    ("\u{200B}\u{200C}\u{200D}\u{2060}\u{FEFF}", #"\u{200B}\u{200C}\u{200D}\u{2060}\u{FEFF}"#),
    ("so\u{AD}ft\u{34F}\u{180E}", #"so\u{AD}ft\u{34F}\u{180E}"#),
    ("one\u{2028}two\u{2029}", #"one\u{2028}two\u{2029}"#),
    (
      "\u{FE00}x\u{FE0F}\u{E0100}\u{E01EF}\u{180B}", #"\u{FE00}x\u{FE0F}\u{E0100}\u{E01EF}\u{180B}"#
    ),
    ("\u{E0001}\u{E0041}\u{E007F}\u{E0FFF}", #"\u{E0001}\u{E0041}\u{E007F}\u{E0FFF}"#),
    ("\u{115F}\u{1160}\u{3164}\u{FFA0}\u{17B4}", #"\u{115F}\u{1160}\u{3164}\u{FFA0}\u{17B4}"#),
    ("\u{FFF9}\u{FFFB}\u{1BCA0}\u{1D173}\u{206A}", #"\u{FFF9}\u{FFFB}\u{1BCA0}\u{1D173}\u{206A}"#),
  ])
  func whatCouldDeceiveIsWrittenInDigits(text: String, expected: String) {
    #expect(Array(escaped(text).utf8) == Array(expected.utf8))
  }

  @Test(arguments: [
    "", "plain ümlaut 日本 😀", "e\u{301}", "עברית العربية", "a\u{A0}b", "\u{FFFD}\u{FFFC}", "₿~!\"'",
  ])
  func plainTextStaysAsItIs(text: String) {
    #expect(Array(escaped(text).utf8) == Array(text.utf8))
  }

  /// The Unicode data that Swift brings know of no more controls, separators and ignorable characters.
  @Test func noCharacterThatUnicodeHoldsForInvisibleIsLeftOut() {
    for value in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let properties = scalar.properties
      switch properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: #expect(isHostile(scalar))
      default:
        if properties.isDefaultIgnorableCodePoint || properties.isBidiControl {
          #expect(isHostile(scalar), "U+\(String(value, radix: 16))")
        }
      }
    }
  }
}
