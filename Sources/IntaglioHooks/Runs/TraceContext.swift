internal import IntaglioFormat

/// Where a run stands in a distributed trace (W3C Trace Context, level 1).
struct TraceContext: Sendable {
  /// 32 hexadecimal digits.
  let traceID: String
  /// 16 hexadecimal digits: of the run itself.
  let spanID: String
  /// 16 hexadecimal digits: of what called the run.
  let parentSpanID: String?

  /// A new trace.
  init() {
    traceID = RandomBytes.hex(words: 2)
    spanID = RandomBytes.hex(words: 1)
    parentSpanID = nil
  }

  /// A new span in the trace of `traceparent`: `00-TRACE-SPAN-FLAGS`.
  init(traceparent: String) throws(GovernorError) {
    let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard parts.count >= 4, parts[0].utf8.count == 2, parts[0] != "ff",
      parts[0] != "00" || parts.count == 4,
      Self.isIdentity(parts[1], digitCount: 32), Self.isIdentity(parts[2], digitCount: 16),
      parts[3].utf8.count == 2, [UInt8](hex: parts[3]) != nil
    else {
      throw GovernorError(
        .invalid,
        "the traceparent \(escaped(traceparent)) is not of the form 00-TRACE-SPAN-FLAGS in lower-case hexadecimal digits"
      )
    }
    traceID = parts[1]
    parentSpanID = parts[2]
    spanID = RandomBytes.hex(words: 1)
  }

  private static func isIdentity(_ text: String, digitCount: Int) -> Bool {
    text.utf8.count == digitCount && text.contains { $0 != "0" }
      && text.utf8.allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
      }
  }
}
