import CPlain
import Foundation

/// Takes the costs of a piece of work from the system: begun, ended once.
struct Meter {
  private let cpuSeconds: Double
  private let writtenByteCount: Int
  private let residentByteCount: Int
  private let start: UInt64

  init() {
    Self.resetPeak()
    residentByteCount = Self.status("VmRSS:")
    writtenByteCount = Self.writtenByteCount()
    cpuSeconds = Self.cpuSeconds()
    start = nanoseconds()
  }

  var seconds: Double { IntaglioBenchmark.seconds(since: start) }

  /// The costs so far, as a sample with `value`.
  func sample(_ value: Double, count: Int) -> Sample {
    Sample(
      value: value, count: count, cpuSeconds: Self.cpuSeconds() - cpuSeconds,
      peakByteCount: max(0, Self.status("VmHWM:") - residentByteCount),
      writtenByteCount: Self.writtenByteCount() - writtenByteCount)
  }

  private static func cpuSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return [usage.ru_utime, usage.ru_stime]
      .reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
  }

  /// Lets the kernel forget the highest resident size so far.
  private static func resetPeak() {
    try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
  }

  private static func status(_ field: String) -> Int {
    (number(after: field, in: "/proc/self/status") ?? 0) * 1024
  }

  private static func writtenByteCount() -> Int {
    number(after: "\nwrite_bytes:", in: "/proc/self/io") ?? 0
  }

  private static func number(after field: String, in path: String) -> Int? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8),
      let range = text.range(of: field)
    else { return nil }
    return Int(
      text[range.upperBound...].drop { $0.isWhitespace }.prefix { $0.isNumber })
  }
}

/// What the files below `path` take on the disk, in blocks, as `du` counts.
func diskByteCount(_ path: String) -> Int {
  let files = FileManager.default.enumerator(atPath: path)?.allObjects ?? []
  return files.reduce(0) { sum, file in
    guard let name = file as? String else { return sum }
    return sum + Int(plain_allocated(path + "/" + name))
  }
}
