import IntaglioTestSupport
import Testing

@Suite struct SeededGeneratorTests {
  @Test func itIsSplitMix64() {
    // The first numbers of the reference implementation for the seed 1234567.
    var generator = SeededGenerator(seed: 1_234_567)
    #expect(generator.next() == 6_457_827_717_110_365_317)
    #expect(generator.next() == 3_203_168_211_198_807_973)
  }

  @Test func bytesAreAsManyAsAskedFor() {
    var generator = SeededGenerator(for: #function)
    for count in 0..<20 { #expect(generator.bytes(count: count).count == count) }
  }
}
