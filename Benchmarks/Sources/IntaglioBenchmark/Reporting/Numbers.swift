import Foundation

/// Figures as tables show them: three digits say all that the spread allows.
enum Numbers {
  static func value(_ value: Double, _ unit: Unit) -> String {
    switch unit {
    case .recordsPerSecond: scaled(value)
    case .milliseconds: digits(value)
    }
  }

  /// With k or M, as 1.23 M.
  static func scaled(_ value: Double) -> String {
    switch value {
    case 1e6...: digits(value / 1e6) + " M"
    case 1e4...: digits(value / 1e3) + " k"
    default: digits(value)
    }
  }

  static func bytes(_ value: Double) -> String {
    switch value {
    case 1_048_576...: digits(value / 1_048_576) + " MiB"
    case 10_240...: digits(value / 1024) + " KiB"
    default: digits(value) + " B"
    }
  }

  static func microseconds(_ nanoseconds: UInt64) -> String { digits(Double(nanoseconds) / 1000) }
  static func ratio(_ value: Double) -> String { digits(value) + "×" }

  /// Three significant digits, without an exponent.
  static func digits(_ value: Double) -> String {
    let places = value >= 100 ? 0 : value >= 10 ? 1 : value >= 0.1 ? 2 : 3
    return String(format: "%.\(places)f", value)
  }
}
