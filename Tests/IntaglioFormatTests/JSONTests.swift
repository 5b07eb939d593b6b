import IntaglioFormat
import Testing

@Suite struct JSONTests {
  @Test(arguments: [
    (#"{"a":[1,-2,0.5,1e5,-0,1E+2,3e-1],"b":{"c":null},"d":[true,false],"e":"x"}"#),
    #""""#, "0", "[]", "{}", "[[],{}]", #""\u00e9\n\"\\\/\b\f\r\t""#, #""\ud83d\ude00""#,
    " \t\r\n[ 1 , 2 ]\n ", "\"\u{7F}\u{2028}ÿ𝄞\"",
  ])
  func whatRFC8259AllowsIsRead(text: String) throws {
    let canonical = try JSON.parse(Array(text.utf8)).canonical
    #expect(try JSON.parse(canonical).canonical == canonical)
  }

  @Test(arguments: ["1.50", "-0", "1E+2", "18446744073709551616", "1e-400", "0.10"])
  func numbersKeepTheirText(text: String) throws {
    #expect(try JSON.parse(Array("[\(text)]".utf8)) == .array([.number(text)]))
  }

  @Test(arguments: [
    "", " ", "[1,]", "[,1]", "[1 2]", #"{"a":1,}"#, #"{"a" 1}"#, "{a:1}", "{1:1}", "[", "{", "]",
    #"{"a":1"#, #"{"a"}"#, "tru", "True", "nul", "NaN", "Infinity", "-Infinity", "'a'", "//x\n1",
    "\u{FEFF}1", "\u{A0}1", "1\u{0}", "\u{B}1",
  ])
  func whatIsNotJSONIsRefused(text: String) { expectRefused(Array(text.utf8)) }

  @Test(arguments: [
    "01", "00", "1.", "-", "+1", ".5", "-.5", "1e", "1e+", "1E-", "0x10", "1_000", "--1", "1.e5",
    "1.5.", "-01", "0e", "٣",
  ])
  func numbersInOtherFormsAreRefused(text: String) {
    expectRefused(Array(text.utf8))
    expectRefused(Array("[\(text)]".utf8))
  }

  @Test(arguments: ["1 2", "{} {}", "null,", "[]]", "\"a\"b", "1\n2", "true\u{0}"])
  func textAfterTheValueIsRefused(text: String) { expectRefused(Array(text.utf8)) }

  @Test(arguments: [
    #"{"a":1,"a":1}"#, #"{"a":1,"b":2,"a":3}"#, #"{"a":1,"\u0061":2}"#, #"{"":1,"":2}"#,
    #"[{"x":{"k":1,"k":2}}]"#, #"{"😀":1,"\ud83d\uDE00":2}"#, #"{"\/":1,"/":2}"#,
  ])
  func repeatedNamesAreRefusedHoweverWritten(text: String) { expectRefused(Array(text.utf8)) }

  @Test func aRepeatedNameIsFoundAmongFewAndAmongMany() throws {
    for count in 1..<40 {
      let names = (0..<count).map { "member \($0)" }
      let distinct = names.map { "\"\($0)\":0" }.joined(separator: ",")
      guard case .object(let members) = try JSON.parse(Array("{\(distinct)}".utf8)) else {
        Issue.record("not an object")
        return
      }
      #expect(members.map(\.name) == names)
      for name in names { expectRefused(Array("{\(distinct),\"\(name)\":0}".utf8)) }
    }
  }

  @Test func namesThatOnlyLookAlikeAreDifferentNames() throws {
    // The same letter composed and decomposed: other readers compare bytes.
    let text = "{\"\u{E9}\":1,\"e\u{301}\":2}"
    guard case .object(let members) = try JSON.parse(Array(text.utf8)) else {
      Issue.record("not an object")
      return
    }
    #expect(members.count == 2)
  }

  @Test(arguments: [
    #""\ud800""#, #""\udc00""#, #""\ud800x""#, #""\ud800\u0041""#, #""\udc00\ud800""#,
    #""\ud800\n""#, #""\uD83D\uD83D""#, #""\ud83d\u""#, #""\ud83d\"#, #"{"\udead":1}"#,
  ])
  func loneSurrogatesAreRefused(text: String) { expectRefused(Array(text.utf8)) }

  @Test(arguments: [
    #""\x41""#, #""\u12""#, #""\u12g4""#, #""\u""#, #""\U0041""#, #""\""#, #""abc"#, "\"a\nb\"",
    "\"a\u{0}b\"", "\"\u{1F}\"", #""\u+123""#, #""\u 123""#,
  ])
  func badEscapesAndControlCharactersAreRefused(text: String) { expectRefused(Array(text.utf8)) }

  @Test(
    arguments: [
      [0xFF], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
      [0xF4, 0x90, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xC3], [0x80],
    ] as [[UInt8]])
  func invalidUTF8IsRefused(bytes: [UInt8]) {
    let quote = UInt8(ascii: "\"")
    expectRefused([quote] + bytes + [quote])
    expectRefused(Array(#"{"a"#.utf8) + bytes + Array(#"":1}"#.utf8))
  }

  @Test func nestingHasALimit() throws {
    let limit = JSON.depthLimit
    for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
      func nested(_ depth: Int) -> [UInt8] {
        let inner = open == "[" ? "" : "0"
        let opened = String(repeating: open, count: depth)
        return Array((opened + inner + String(repeating: close, count: depth)).utf8)
      }
      let innerDepth = open == "[" ? 0 : 1
      _ = try JSON.parse(nested(limit - innerDepth))
      expectRefused(nested(limit + 1 - innerDepth))
      expectRefused(nested(100_000))
      expectRefused(Array(String(repeating: open, count: 100_000).utf8))
    }
  }

  @Test func anErrorSaysWhatAndWhere() {
    let repeated = #expect(throws: JSONError.self) {
      try JSON.parse(Array(#"{"a":1,"a":2}"#.utf8))
    }
    #expect(repeated?.description == #"the name "a" is repeated at byte 7"#)
    let following = #expect(throws: JSONError.self) { try JSON.parse(Array("1 2".utf8)) }
    #expect(following?.description == "text after the value at byte 2")
    let marked = #expect(throws: JSONError.self) { try JSON.parse(Array("\u{FEFF}{}".utf8)) }
    #expect(marked?.description == "a byte order mark at byte 0")
  }

  @Test(arguments: [
    ("0", 0), ("9007199254740991", 1 << 53 - 1), ("9007199254740992", nil),
    ("18446744073709551616", nil), ("-1", nil), ("-0", nil), ("1.0", nil), ("1e2", nil),
    (#""1""#, nil),
  ])
  func anIntegerIsOneWrittenAsSuchThatDoublesHoldExactly(text: String, value: UInt64?) throws {
    #expect(try JSON.parse(Array(text.utf8)).integer == value)
  }

  private func expectRefused(_ bytes: [UInt8], at location: SourceLocation = #_sourceLocation) {
    #expect(throws: JSONError.self, sourceLocation: location) { try JSON.parse(bytes) }
    #expect(throws: JSONError.self, sourceLocation: location) { try JSON.parse(bytes.rawSpan) }
  }
}
