import IntaglioFormat
import Testing

@Suite struct LogIDTests {
  @Test func contextAndGenesisAreDerivedAsTheFormatSays() {
    let id = KnownAnswers.logID
    #expect(id.description == "000102030405060708090a0b0c0d0e0f")
    #expect(id.genesis.hex == KnownAnswers.genesis)
    let context = withUnsafeBytes(of: id.context) { [UInt8]($0) }
    #expect(context.hex == KnownAnswers.context)
  }

  @Test func anIDHasSixteenBytes() {
    for count in [0, 15, 17, 32] {
      #expect(LogID(bytes: [UInt8](repeating: 1, count: count)) == nil)
    }
  }

  @Test func idsAreEqualIfTheirBytesAre() {
    #expect(LogID(bytes: [UInt8](0..<16)) == KnownAnswers.logID)
    #expect(LogID(bytes: [UInt8](1..<17)) != KnownAnswers.logID)
  }
}
