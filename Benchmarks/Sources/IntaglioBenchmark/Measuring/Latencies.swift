import Histogram
import Synchronization

/// Latencies of single operations over all rounds, in an HdrHistogram with three digits.
final class Latencies: Sendable {
  private let histogram = Mutex(Histogram<UInt64>(numberOfSignificantValueDigits: .three))

  func record(_ nanoseconds: [UInt64]) {
    histogram.withLock { for value in nanoseconds { $0.record(value) } }
  }

  var summary: LatencySummary? {
    histogram.withLock { histogram in
      guard histogram.totalCount > 0 else { return nil }
      return LatencySummary(
        points: LatencySummary.percentiles.map {
          LatencySummary.Point(
            percentile: $0, nanoseconds: histogram.valueAtPercentile($0))
        }, maximum: histogram.max)
    }
  }
}

/// A latency distribution as the report shows it.
struct LatencySummary: Codable, Sendable {
  struct Point: Codable, Sendable {
    let percentile: Double
    let nanoseconds: UInt64
  }
  let points: [Point]
  let maximum: UInt64

  static let percentiles = [
    1.0, 10, 25, 50, 75, 90, 95, 97.5, 99, 99.5, 99.75, 99.9, 99.95, 99.99,
  ]

  subscript(percentile: Double) -> UInt64 {
    points.first { $0.percentile == percentile }?.nanoseconds ?? maximum
  }
}
