import IntaglioFormat
import IntaglioTestSupport
import Testing

@Suite struct CanonicalJSONTests {
  /// RFC 8785, sections 3.2.2 to 3.2.4.
  @Test func theExampleOfTheStandardHasItsBytes() throws {
    let text = #"""
      {
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
      }
      """#
    #expect(
      try canonical(text)
        == #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
        + #""string":"€$\u000f\nA'B\"\\\\\"/"}"#)
  }

  /// RFC 8785, section 3.2.3: UTF-16 order differs from that of code points.
  @Test func membersAreInTheOrderOfTheirUTF16CodeUnits() throws {
    let text = #"""
      {"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",
      "1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control",
      "\u00f6":"Latin Small Letter O With Diaeresis"}
      """#
    #expect(
      try canonical(text)
        == #"{"\r":"Carriage Return","1":"One",""# + "\u{80}" + #"":"Control",""# + "\u{F6}"
        + #"":"Latin Small Letter O With Diaeresis",""# + "\u{20AC}" + #"":"Euro Sign",""#
        + "\u{1F600}" + #"":"Emoji: Grinning Face",""# + "\u{FB33}"
        + #"":"Hebrew Letter Dalet With Dagesh"}"#)
  }

  @Test func theOrderIsThatOfUTF16ForAllNames() {
    var generator = SeededGenerator()
    for _ in 0..<500 {
      var names: [String] = ["", "a", "aa", "\u{FFFF}", "\u{10000}", "a\u{E000}", "a\u{1F600}"]
      for _ in 0..<20 { names.append(generator.text()) }
      var members: [JSON.Member] = []
      for name in names where !members.contains(where: { Array($0.name.utf8) == Array(name.utf8) })
      {
        members.append(.init(name, .null))
      }
      let sorted = members.sorted { $0.name.utf16.lexicographicallyPrecedes($1.name.utf16) }
      let expected = sorted.map { String(decoding: JSON.string($0.name).canonical, as: UTF8.self) }
      #expect(
        canonical(.object(members.shuffled(using: &generator)))
          == "{" + expected.map { $0 + ":null" }.joined(separator: ",") + "}")
    }
  }

  @Test func thereIsNoWhiteSpace() throws {
    #expect(
      try canonical(" { \"b\" : [ 1 ,\t2.50 , true ] ,\r\n \"a\" : { } } ")
        == #"{"a":{},"b":[1,2.5,true]}"#)
  }

  @Test func onlyWhatHasToBeEscapedIs() {
    let every = (0..<0x20).map { String(Unicode.Scalar(UInt8($0))) }.joined()
    #expect(
      canonical(.string(every + "\"\\/\u{7F}é😀\u{2028}"))
        == #""\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f"#
        + #"\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c"#
        + #"\u001d\u001e\u001f\"\\/"# + "\u{7F}é😀\u{2028}\"")
  }

  @Test func escapesAreFoundAtEveryPlaceOfAText() {
    // Texts are gone through eight bytes at a time.
    for length in 0..<40 {
      for place in 0..<length {
        for (special, escaped) in [("\"", #"\""#), ("\\", #"\\"#), ("\u{1F}", #"\u001f"#)] {
          let before = String(repeating: "a", count: place)
          let after = String(repeating: "\u{FF}", count: length - place - 1)
          #expect(canonical(.string(before + special + after)) == "\"\(before)\(escaped)\(after)\"")
        }
      }
      let plain = String(repeating: "\u{20}\u{7F}!#[]", count: length)
      #expect(canonical(.string(plain)) == "\"\(plain)\"")
    }
  }

  @Test func everySpellingOfAValueHasOneForm() throws {
    var generator = SeededGenerator()
    for _ in 0..<2000 {
      let value = generator.json()
      let expected = value.canonical
      for _ in 0..<3 {
        let spelling = generator.spelling(of: value)
        #expect(try JSON.parse(spelling).canonical == expected)
      }
      #expect(try JSON.parse(expected).canonical == expected)
    }
  }

  private func canonical(_ text: String) throws -> String {
    canonical(try JSON.parse(Array(text.utf8)))
  }

  private func canonical(_ json: JSON) -> String { String(decoding: json.canonical, as: UTF8.self) }
}
