import IntaglioTestSupport
import Testing

@testable import IntaglioHooks

@Suite struct PolicyGlobTests {
  @Test func `a glob matches a whole text`() throws {
    for (pattern, text, expected) in [
      ("*", "", true), ("*", "x\ny", true), ("?", "", false), ("?", "😀", true), ("??", "😀", false),
      ("abc", "abc", true), ("abc", "abcd", false), ("abc", "ab", false), ("a*c", "ac", true),
      ("a*c", "abcbc", true), ("a*c", "abcb", false), ("*a*", "bab", true),
      ("*ab*ba*", "aba", false),
      ("*ab*ba*", "abba", true), ("a*a", "a", false), ("**", "", true), ("*?*", "", false),
      ("*?*", "x", true), ("\\*", "*", true), ("\\*", "x", false), ("\\?x", "?x", true),
      ("\\\\", "\\", true), ("\\a", "a", true), ("[ab]", "a", false), ("[ab]", "[ab]", true),
      ("a?c", "a\u{E9}c", true), ("é", "e\u{301}", false), ("*\\", "", nil), ("", "", nil),
    ] as [(String, String, Bool?)] {
      #expect((try? Glob(pattern))?.matches(text) == expected, "\(pattern) \(text)")
    }
  }

  @Test func `random globs agree with the definition`() throws {
    var random = SeededGenerator()
    for _ in 0..<(isDebugBuild ? 20_000 : 200_000) {
      let pattern = String(
        (0..<Int.random(in: 1...8, using: &random)).map { _ in
          "ab*?*".randomElement(using: &random)!
        })
      let text = String(
        (0..<Int.random(in: 0...10, using: &random)).map { _ in "ab".randomElement(using: &random)!
        })
      #expect(
        try Glob(pattern).matches(text) == Self.matches(Array(pattern)[...], Array(text)[...]),
        "\(pattern) \(text)")
    }
  }

  /// Long parts go over more than one word of the matcher.
  @Test func `a part of any length is found where it first occurs`() throws {
    var random = SeededGenerator()
    for count in [1, 63, 64, 65, 127, 128, 129, 500] {
      // What becomes a question mark is neither the first nor the last.
      let part = "a" + String((0..<count).map { _ in "ab".randomElement(using: &random)! })
      let pattern = "*" + part.replacing("ba", with: "?a", maxReplacements: 3) + "*"
      #expect(try Glob(pattern).matches("xx" + String(part.dropLast()) + part + "y"))
      #expect(try !Glob(pattern).matches(String(part.dropLast()) + "c" + part.dropFirst() + "c"))
    }
  }

  @Test func `a glob has at most 1024 bytes`() {
    #expect(throws: Never.self) { try Glob(String(repeating: "é", count: 512)) }
    #expect(throws: PatternError.self) { try Glob(String(repeating: "a", count: 1025)) }
  }

  /// By the definition, in exponential time.
  private static func matches(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>)
    -> Bool
  {
    guard let first = pattern.first else { return text.isEmpty }
    switch first {
    case "*":
      return matches(pattern.dropFirst(), text)
        || !text.isEmpty && matches(pattern, text.dropFirst())
    case "?": return !text.isEmpty && matches(pattern.dropFirst(), text.dropFirst())
    default: return text.first == first && matches(pattern.dropFirst(), text.dropFirst())
    }
  }
}
