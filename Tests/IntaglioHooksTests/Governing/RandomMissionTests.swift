import IntaglioTestSupport
import Testing

/// Missions under random hands, against dictionaries and their copies.
@Suite struct RandomMissionTests {
  @Test
  func
    `whatever is done to missions, each is what a dictionary is, and so is each of its checkpoints`()
    async throws
  {
    var generator = SeededGenerator(for: "random missions")
    var tally: [String: Int] = [:]
    for round in 0..<(isDebugBuild ? 4 : 30) {
      let hands = try await RandomHands(round, generator)
      for _ in 0..<(isDebugBuild ? 120 : 500) { try await hands.step() }
      generator = try await hands.end()
      tally.merge(hands.tally, uniquingKeysWith: +)
    }
    // A test that did none of it would have shown nothing.
    for deed in [
      "back", "forward", "mission_live", "failed", "crashed before", "crashed after", "resumed",
    ] {
      #expect(tally[deed, default: 0] > 0, "\(tally)")
    }
  }
}
