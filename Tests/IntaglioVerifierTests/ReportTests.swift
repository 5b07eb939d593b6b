import IntaglioFormat
@testable import IntaglioVerifier
import Testing

/// Reports say the same to people and to programs, and print nothing that could deceive.
@Suite struct ReportTests {
  @Test func `text from the log cannot move the cursor or turn the line`() {
    #expect(escaped("plain ümlaut 日本") == "plain ümlaut 日本")
    #expect(escaped("a\u{1B}[2Jb\u{9B}c\u{7F}") == "a\\u{1B}[2Jb\\u{9B}c\\u{7F}")
    #expect(escaped("\u{202E}x\u{2066}\u{200B}\u{FEFF}") == "\\u{202E}x\\u{2066}\\u{200B}\\u{FEFF}")
    #expect(escaped("\\u{1B}\n") == "\\\\u{1B}\\u{A}")
  }

  @Test func `the text begins with the verdict and names the place of a damage`() throws {
    var log = LogBuilder(count: 60, byteCount: 1000)
    log.flip(20, at: 200)
    let report = try TemporaryLog(log).verify()
    let text = report.description
    #expect(text.hasPrefix("Corrupt: after 20 records the log is damaged.\n"))
    #expect(
      text.contains(
        "payload: segments/00000000000000000000.seg at \(log.records[20].offset), record 20: "))
    #expect(text.contains("Records that hold: 0-19, 21-59\n"))
    #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count < 200 })
  }

  @Test func `the JSON is canonical and holds what the report holds`() throws {
    var log = LogBuilder(count: 60, byteCount: 1000)
    log.flip(20, at: 200)
    let report = try TemporaryLog(log).verify()
    let json = try JSON.parse(report.json)
    #expect(json.canonical == report.json)
    #expect(json["verdict"] == .string("corrupt") && json["exitCode"]?.integer == 1)
    #expect(json["committedCount"]?.integer == 20 && json["log"]?.string == log.logID.description)
    let finding = try #require(json["findings"]?.array?.first)
    #expect(finding["kind"] == .string("payload") && finding["sequence"]?.integer == 20)
    #expect(json["goodRanges"]?.array?.last?["last"]?.integer == 59)
  }

  @Test func `ranges are joined and in order`() {
    var ranges = SequenceRanges()
    for range in [4..<6, 6..<7, 0..<2, 1..<3, 9..<9] as [Range<UInt64>] { ranges.add(range) }
    #expect(ranges.joined == [0..<3, 4..<7])
  }
}
