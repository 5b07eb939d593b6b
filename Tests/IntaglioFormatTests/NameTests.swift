import IntaglioFormat
import Testing

@Suite struct NameTests {
  @Test(arguments: [
    "a", "run-1", "example.com/log", " ", "~", "\u{A0}", "日本語", "😀",
    String(repeating: "x", count: 255), String(repeating: "é", count: 127),
  ])
  func namesOfPrintableCharactersAreValid(name: String) { #expect(isValidName(name)) }

  @Test(arguments: [
    "", "\u{0}", "a\nb", "\u{1F}", "\u{7F}", "\u{80}", "\u{9F}", "tab\t",
    String(repeating: "x", count: 256), String(repeating: "é", count: 128),
  ])
  func emptyLongAndControllingNamesAreNot(name: String) { #expect(!isValidName(name)) }
}
