/// Keeps the second of two figures that one piece of work gives, for the case that shows it.
final class Pair {
  private var seconds: [Sample] = []

  func keep(_ sample: Sample) { seconds.append(sample) }

  /// The figures in the order of the rounds.
  func next() throws -> Sample {
    guard !seconds.isEmpty else { throw NotMeasured() }
    return seconds.removeFirst()
  }
}
