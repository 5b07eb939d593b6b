import IntaglioHooks
import Testing

@Suite struct EffectTests {
  @Test func `deny is stricter than review, and review than allow`() {
    #expect(Effect.allCases.max() == .deny)
    #expect(Effect.allCases.sorted() == [.allow, .review, .deny])
  }
}
