import IntaglioFormat
import Testing

@Suite struct CanonicalJSONTests {
  @Test func membersAreInTheOrderOfTheirUTF16CodeUnits() throws {
    // The example of RFC 8785, section 3.2.3: UTF-16 order differs from that of code points.
    let text = #"""
      {"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",
      "1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control",
      "\u00f6":"Latin Small Letter O With Diaeresis"}
      """#
    guard case .object(let members) = try JSON.parse(try JSON.parse(Array(text.utf8)).canonical)
    else {
      Issue.record("not an object")
      return
    }
    let names = members.map { Array($0.name.unicodeScalars) }
    #expect(
      names == [
        ["\r"], ["1"], ["\u{80}"], ["\u{F6}"], ["\u{20AC}"], ["\u{1F600}"], ["\u{FB33}"],
      ])
  }

  @Test func thereIsNoWhiteSpaceAndNumbersKeepTheirText() throws {
    let text = #" { "b" : [ 1 , 2.50 , true ] , "a" : { } } "#
    let canonical = try JSON.parse(Array(text.utf8)).canonical
    #expect(String(decoding: canonical, as: UTF8.self) == #"{"a":{},"b":[1,2.50,true]}"#)
  }

  @Test func onlyWhatHasToBeEscapedIs() throws {
    let every = (0..<0x20).map { String(Unicode.Scalar(UInt8($0))) }.joined()
    let canonical = JSON.string(every + "\"\\/\u{7F}é😀").canonical
    let expected =
      #""\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f"#
      + #"\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c"#
      + #"\u001d\u001e\u001f\"\\/"# + "\u{7F}é😀\""
    #expect(String(decoding: canonical, as: UTF8.self) == expected)
  }
}
