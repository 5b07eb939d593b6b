import Foundation

/// Where the figures come from: without it they mean nothing.
struct Machine: Codable, Sendable {
  let processor: String
  let coreCount: Int
  let memoryByteCount: UInt64
  let kernel: String
  let system: String
  let fileSystem: String
  /// Runnable processes before the run, over a minute: other work on the machine makes figures worse.
  let loadAverage: Double
  let date: String

  init(directory: String) {
    processor = Self.field("model name", "/proc/cpuinfo") ?? "unknown"
    coreCount = ProcessInfo.processInfo.activeProcessorCount
    memoryByteCount = ProcessInfo.processInfo.physicalMemory
    kernel = Self.first("/proc/sys/kernel/osrelease")
    system = ProcessInfo.processInfo.operatingSystemVersionString
    fileSystem = Self.mount(of: directory)
    loadAverage = Double(Self.first("/proc/loadavg").prefix { $0 != " " }) ?? 0
    date = Date.now.formatted(.iso8601)
  }

  private static func first(_ path: String) -> String {
    ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "unknown")
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static func field(_ name: String, _ path: String) -> String? {
    first(path).split(separator: "\n").first { $0.hasPrefix(name) }?
      .split(separator: ":", maxSplits: 1).last?.trimmingCharacters(in: .whitespaces)
  }

  /// Type and options of the deepest mount above `directory`.
  private static func mount(of directory: String) -> String {
    let path = URL(filePath: directory).resolvingSymlinksInPath().path
    let mounts = first("/proc/self/mounts").split(separator: "\n").map { $0.split(separator: " ") }
    let found = mounts.filter { fields in
      fields.count > 3
        && (fields[1] == "/" || path == fields[1] || path.hasPrefix(fields[1] + "/"))
    }.max { $0[1].count < $1[1].count }
    return found.map { "\($0[2]) (\($0[3]))" } ?? "unknown"
  }
}
