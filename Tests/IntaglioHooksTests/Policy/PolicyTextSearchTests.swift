import IntaglioTestSupport
import Testing

@testable import IntaglioHooks

@Suite struct PolicyTextSearchTests {
  @Test func `a text is found wherever it occurs, however often it repeats itself`() {
    var random = SeededGenerator()
    func word(_ count: Int) -> String {
      String((0..<count).map { _ in "aaabc".randomElement(using: &random)! })
    }
    for _ in 0..<(isDebugBuild ? 20_000 : 200_000) {
      let needle = word(Int.random(in: 0...9, using: &random))
      let text =
        word(Int.random(in: 0...9, using: &random)) + needle.dropLast() + word(9)
        + needle.dropFirst()
      var effort = Effort()
      let isThere = (0...text.count).contains { text.dropFirst($0).hasPrefix(needle) }
      #expect(
        TextSearch(for: needle).occurs(in: text, &effort) == isThere, "\(needle) in \(text)")
      #expect(effort.steps <= text.utf8.count * 2)
    }
  }
}
