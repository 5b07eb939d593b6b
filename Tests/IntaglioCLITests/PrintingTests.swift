import IntaglioFormat
import Testing

@testable import IntaglioCLI

@Suite struct PrintingTests {
  @Test func timesAreThoseOfTheGregorianCalendar() {
    for (seconds, text) in [
      (0, "1970-01-01T00:00:00Z"), (68_255_999, "1972-02-29T23:59:59Z"),
      (951_782_400, "2000-02-29T00:00:00Z"), (951_868_800, "2000-03-01T00:00:00Z"),
      (1_709_164_800, "2024-02-29T00:00:00Z"), (1_735_689_599, "2024-12-31T23:59:59Z"),
      (4_107_542_400, "2100-03-01T00:00:00Z"), (4_107_456_000, "2100-02-28T00:00:00Z"),
      (18_446_744_073, "2554-07-21T23:34:33Z"),
    ] as [(UInt64, String)] {
      let time = Timestamp(nanoseconds: seconds * 1_000_000_000)
      #expect(time.iso8601(fractionDigitCount: 0) == text)
    }
    #expect(Timestamp(nanoseconds: 1_000_000_007).iso8601() == "1970-01-01T00:00:01.000000007Z")
    #expect(
      Timestamp(nanoseconds: 1_000_000_007).iso8601(fractionDigitCount: 3)
        == "1970-01-01T00:00:01.000Z")
  }

  /// RFC 4648, section 10.
  @Test func base64IsThatOfTheStandard() {
    for (text, expected) in [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
      ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ] {
      var output: [UInt8] = []
      append(base64: Array(text.utf8), to: &output)
      #expect(String(decoding: output, as: UTF8.self) == expected)
    }
  }

  @Test func printedJSONIsTheSameJSON() throws {
    let text =
      "{\"\u{202E}\u{E0041}é\": [1.50,\t\"\u{7F}\\u0000\", \"日本\"],\r\n \"b\":12345678901234567890}"
    var line: [UInt8] = []
    append(json: Array(text.utf8), to: &line)
    #expect(try JSON.parse(line) == JSON.parse(Array(text.utf8)))
    #expect(line.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
    var indented: [UInt8] = []
    try JSON.parse(line).appendIndented(to: &indented)
    #expect(try JSON.parse(indented) == JSON.parse(line))
  }
}
