import IntaglioFormat
import IntaglioState
import IntaglioTestSupport
import Testing

@Suite struct StateKeyTests {
  @Test func componentsAndKeysHaveLimits() {
    #expect(StateKey(component: "", key: [1]) == nil)
    #expect(StateKey(component: "c", key: []) == nil)
    #expect(StateKey(component: String(repeating: "c", count: 64), key: [1]) != nil)
    #expect(StateKey(component: String(repeating: "c", count: 65), key: [1]) == nil)
    #expect(StateKey(component: "c", key: [UInt8](repeating: 0, count: 1024)) != nil)
    #expect(StateKey(component: "c", key: [UInt8](repeating: 0, count: 1025)) == nil)
    for other in ["\0", "\n", " ", "\u{7F}", "\u{80}", "é", "e\u{301}"] {
      #expect(StateKey(component: "c" + other, key: [1]) == nil)
    }
  }

  @Test func aKeyIsWhatItWasMadeOf() throws {
    let key = try #require(StateKey(component: "memory", key: [0, 255, 7]))
    #expect(key.component == "memory")
    #expect(key.key == [0, 255, 7])
    #expect(key.description == "memory/00ff07")
  }

  @Test func keysAreInTheOrderOfComponentsThenOfUnsignedBytes() {
    let keys = [
      StateKey(component: "a", key: [0])!, StateKey(component: "a", key: [0, 0])!,
      StateKey(component: "a", key: [1])!, StateKey(component: "a", key: [0x7F])!,
      StateKey(component: "a", key: [0x80])!, StateKey(component: "a", key: [255])!,
      StateKey(component: "a!", key: [0])!, StateKey(component: "aa", key: [0])!,
      StateKey(component: "ab", key: [0])!, StateKey(component: "b", key: [0])!,
      StateKey(component: "~", key: [0])!,
    ]
    for (index, key) in keys.enumerated() {
      for (otherIndex, other) in keys.enumerated() {
        #expect((key < other) == (index < otherIndex))
        #expect((key == other) == (index == otherIndex))
      }
    }
  }

  @Test func theOrderIsThatOfTheBytesOneByOne() {
    var generator = SeededGenerator()
    for _ in 0..<5_000 {
      let keys = (0..<2).map { _ in
        generator.bytes(count: Int.random(in: 1...20, using: &generator)).map { $0 & 1 }
      }
      let isBefore = keys[0].lexicographicallyPrecedes(keys[1])
      #expect(
        (StateKey(component: "c", key: keys[0])! < StateKey(component: "c", key: keys[1])!)
          == isBefore)
    }
  }
}
