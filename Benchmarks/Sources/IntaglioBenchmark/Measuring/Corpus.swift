import Foundation

/// Real text to cut payloads from: what an agent's log is made of, not zeros.
///
/// Payloads of one size are cut at changing places, so that no two neighbours are alike and nothing is
/// generated while the clock runs.
final class Corpus: @unchecked Sendable {  // Never changed after `init`.
  /// Where the text comes from, for the report.
  let source: String
  private let text: UnsafeMutableRawBufferPointer

  /// Reads the traces in `directory`, or makes text of the same kind if there are none.
  init(tracesIn directory: URL) {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
    let traces = files.filter { $0.hasSuffix(".jsonl") }.sorted()
    var bytes: [UInt8] = []
    for trace in traces {
      if let data = try? Data(contentsOf: directory.appending(path: trace)) { bytes += data }
    }
    source = bytes.isEmpty ? "generated agent events" : traces.joined(separator: ", ")
    if bytes.isEmpty { bytes = Array(Self.generated().utf8) }
    // Tiled to 4 MiB: larger than the caches next to a core, smaller than the last one.
    text = .allocate(byteCount: max(4 << 20, bytes.count), alignment: 64)
    for offset in stride(from: 0, to: text.count, by: bytes.count) {
      let count = min(bytes.count, text.count - offset)
      bytes.withUnsafeBytes {
        (text.baseAddress! + offset).copyMemory(from: $0.baseAddress!, byteCount: count)
      }
    }
  }

  deinit { text.deallocate() }

  /// Payload `index` of those that have `byteCount` bytes.
  func payload(_ index: Int, byteCount: Int) -> UnsafeRawBufferPointer {
    // A prime stride visits all of the text before it repeats.
    let offset = (index &* 7919) % (text.count - byteCount)
    return UnsafeRawBufferPointer(start: text.baseAddress! + offset, count: byteCount)
  }

  private static func generated() -> String {
    let tools = ["search", "read_file", "write_file", "run_tests", "http_get", "git_diff"]
    let words = """
      the agent reads each result and decides what to do next while policy limits which tools may run \
      without review because an earlier call failed with a timeout and must not be repeated blindly
      """.split(separator: " ")
    var random = SplitMix(state: 42)
    var text = ""
    for event in 0..<6000 {
      let tool = tools[Int(random.next() % UInt64(tools.count))]
      let said = (0..<(8 + random.next() % 60)).map { _ in
        words[Int(random.next() % UInt64(words.count))]
      }.joined(separator: " ")
      text +=
        #"{"run":"run-\#(event / 40)","turn":\#(event % 40),"type":"tool.end","tool":"\#(tool)","#
      text += #""call_id":"call_\#(String(random.next(), radix: 36))","result":"\#(said)"}"# + "\n"
    }
    return text
  }
}

/// A small random generator with a seed, so that every run does the same work.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
