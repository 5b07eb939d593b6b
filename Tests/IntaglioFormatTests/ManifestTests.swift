import IntaglioFormat
import Testing

@Suite struct ManifestTests {
  private let manifest = Manifest(logID: KnownAnswers.logID, origin: "example.com/log")
  private let text =
    #"{"format":"intaglio","id":"000102030405060708090a0b0c0d0e0f","origin":"example.com/log","#
    + #""sealing":false,"version":1}"#

  @Test func theEncodingIsThatOfTheFormat() throws {
    #expect(String(decoding: manifest.encoded, as: UTF8.self) == text)
    #expect(try Manifest(decoding: Array(text.utf8)) == manifest)
  }

  @Test(arguments: ["a", "ä/ö", "with \"quotes\" and \\", String(repeating: "x", count: 255)])
  func whatIsEncodedIsDecoded(origin: String) throws {
    let manifest = Manifest(logID: KnownAnswers.logID, origin: origin)
    #expect(try Manifest(decoding: manifest.encoded) == manifest)
  }

  @Test func onlyTheCanonicalFormIsAccepted() {
    expectInvalid(text + "\n")
    expectInvalid(" " + text)
    expectInvalid(text.replacing(":1}", with: ": 1}"))
    expectInvalid(text.replacing(":1}", with: #":1,"z":0}"#))
    expectInvalid(text.replacing("0e0f", with: "0E0F"))
    expectInvalid(text.replacing("example", with: #"\u0065xample"#))
    expectInvalid(text.replacing("false", with: "true"))
    expectInvalid(text.replacing(#""sealing":false,"#, with: ""))
    expectInvalid(
      text.replacing(#"{"format":"intaglio","#, with: "{").replacing(
        "}", with: #","format":"intaglio"}"#))
  }

  @Test func idAndOriginAreChecked() {
    expectInvalid(text.replacing("0e0f", with: "0e"))
    expectInvalid(text.replacing("0e0f", with: "0e0x"))
    expectInvalid(text.replacing("example.com/log", with: ""))
    expectInvalid(text.replacing("example.com/log", with: #"a\u0007b"#))
    expectInvalid(text.replacing("example.com/log", with: String(repeating: "x", count: 256)))
    expectInvalid(text.replacing("intaglio", with: "another"))
    expectInvalid(text.replacing(#""version":1"#, with: #""version":"1""#))
    expectInvalid(text.replacing(#""version":1"#, with: #""version":0"#))
  }

  @Test(arguments: ["2", "4294967295", "4294967296", "18446744073709551615"])
  func aNewerVersionIsUnsupportedWhateverElseIsThere(version: String) {
    let newer = #"{"format":"intaglio","sealing":"otherwise","version":\#(version)}"#
    let error = #expect(throws: FormatError.self) {
      try Manifest(decoding: Array(newer.utf8))
    }
    #expect(error == .unsupportedVersion(UInt32(clamping: UInt64(version)!)))
  }

  @Test func whatIsTooLongIsRefusedUnread() {
    expectInvalid(String(repeating: " ", count: 4096) + text)
  }

  private func expectInvalid(_ text: String, at location: SourceLocation = #_sourceLocation) {
    let error = #expect(throws: FormatError.self, sourceLocation: location) {
      try Manifest(decoding: Array(text.utf8))
    }
    #expect(isInvalid(error), sourceLocation: location)
  }
}
