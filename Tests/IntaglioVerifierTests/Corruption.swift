import IntaglioTestSupport
import Testing

/// Whatever is done to the bytes of a log is found, and the place is named; no damaged log is called intact.
///
/// What is expected of each case is derived from the layout and the table of verdicts of the page "The file format,
/// version 1" by `SampleLog`, which shares no code with the verifier.
@Suite("Corruption", .serialized, .timeLimit(.minutes(10))) enum Corruption {
  /// One log for all tests: making it takes longer than most of them.
  static let sample = Result { try SampleLog.make(seed: seed) }
  /// Another log with frames of the same sizes in the same places.
  static let other = Result { try SampleLog.make(seed: seed) }

  private static let seed = SeededGenerator(for: "Corruption").seed

  /// Random numbers for one test, from the seed that was printed.
  static func generator() -> SeededGenerator { SeededGenerator(seed: seed) }
}
