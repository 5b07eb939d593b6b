import IntaglioHooks
import Testing

@Suite struct MemoryWordsTests {
  @Test(arguments: [
    ("", []), ("?!  ", []), ("The the THE", ["the"]),
    ("don't stop-now", ["don", "t", "stop", "now"]),
    ("flight LH2024, 17:45", ["flight", "lh2024", "17", "45"]), ("a_b", ["a", "b"]),
    ("Straße ÄRGER İx", ["straße", "ärger", "i\u{307}x"]), ("ΟΔΥΣΣΕΥΣ Πόλη", ["οδυσσευσ", "πόλη"]),
    ("ПРИВЕТ мир", ["привет", "мир"]), ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
    ("東京 タワー", ["東京", "タワー"]), ("½ ² Ⅷ", ["½", "²", "ⅷ"]), ("👩‍👩‍👧 ok", ["ok"]),
    ("a\u{200B}b\u{0}c", ["a", "b", "c"]),
  ])
  func `words are runs of letters, numbers and marks in lower case`(
    text: String, words: [String]
  ) {
    let found = MemoryWords.words(of: text)
    #expect(found.map { Array($0.utf8) } == words.map { Array($0.utf8) }, "\(text)")
  }

  @Test func `spellings that Unicode calls equivalent are one word`() {
    #expect(
      MemoryWords.words(of: "cafe\u{301} CAFÉ café").map { Array($0.utf8) } == [Array("café".utf8)])
    #expect(MemoryWords.words(of: "\u{212B} \u{C5} A\u{30A}").count == 1)
  }

  @Test func `only the first 64 KiB of a text are looked at`() {
    let text = String(repeating: "é", count: 32 << 10)
    #expect(MemoryWords.words(of: text + " end").count == 1)
    #expect(MemoryWords.words(of: text.dropLast(3) + " end").last == "end")
  }
}
