import IntaglioFormat
import IntaglioTestSupport
import Testing

@Suite struct CanonicalNumberTests {
  /// RFC 8785, appendix B: all rows but the two that are no numbers.
  @Test(
    arguments: [
      (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"),
      (0x0000_0000_0000_0001, "5e-324"), (0x8000_0000_0000_0001, "-5e-324"),
      (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
      (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
      (0x4340_0000_0000_0000, "9007199254740992"), (0xc340_0000_0000_0000, "-9007199254740992"),
      (0x4430_0000_0000_0000, "295147905179352830000"),
      (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"), (0x44b5_2d02_c7e1_4af6, "1e+23"),
      (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
      (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
      (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"), (0x444b_1ae4_d6e2_ef50, "1e+21"),
      (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"), (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
      (0x41b3_de43_5555_5553, "333333333.3333332"), (0x41b3_de43_5555_5554, "333333333.33333325"),
      (0x41b3_de43_5555_5555, "333333333.3333333"), (0x41b3_de43_5555_5556, "333333333.3333334"),
      (0x41b3_de43_5555_5557, "333333333.33333343"),
      (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
      (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ] as [(UInt64, String)])
  func numbersAreThoseOfTheStandard(bits: UInt64, expected: String) throws {
    #expect(canonical(Double(bitPattern: bits)) == expected)
    // A canonical number is its own canonical form.
    #expect(try canonical(expected) == expected)
  }

  @Test(arguments: ["NaN", "-NaN", "nan", "Infinity", "-Infinity", "inf", "1e309", "-1e309"])
  func whatIsNoFiniteNumberIsRefused(text: String) {
    #expect(throws: JSONError.self) { try canonical(text) }
  }

  @Test func linesOfThePublishedNumberFileHaveTheirDigests() throws {
    var lines: [UInt8] = []
    for (index, value) in NumberSequence().prefix(isDebugBuild ? 100_000 : 1_000_000).enumerated() {
      lines.append(contentsOf: String(value.bitPattern, radix: 16).utf8)
      lines.append(UInt8(ascii: ","))
      JSON.number("\(value)").appendCanonical(to: &lines)
      lines.append(UInt8(ascii: "\n"))
      if let digest = NumberSequence.digests[index + 1] {
        #expect(SHA256.hash(lines).hex == digest, "the first \(index + 1) lines")
      }
    }
  }

  @Test(arguments: [
    ("1.0", "1"), ("-1.50", "-1.5"), ("1E2", "100"), ("100e-2", "1"), ("-0", "0"), ("0.0", "0"),
    ("-0e5", "0"), ("0e999999999999999999999", "0"), ("1e-400", "0"), ("-1e-400", "0"),
    ("1e20", "100000000000000000000"), ("1e21", "1e+21"), ("0.000001", "0.000001"),
    ("0.0000001", "1e-7"), ("123456789012345", "123456789012345"),
    ("-999999999999999", "-999999999999999"), ("1234567890123456", "1234567890123456"),
    ("9007199254740991", "9007199254740991"), ("9007199254740993", "9007199254740992"),
    ("18446744073709551615", "18446744073709552000"),
    (
      "1.7976931348623158e308",
      "1.7976931348623157e+308"
    ), ("2.5e-324", "5e-324"), ("2.4e-324", "0"),
    ("0.1000000000000000055511151231257827021181583404541015625", "0.1"),
  ])
  func everySpellingOfADoubleBecomesOne(text: String, expected: String) throws {
    #expect(try canonical(text) == expected)
  }

  @Test func theLargestExponentsAreJudgedByTheirValue() throws {
    let zeros = String(repeating: "0", count: 1000)
    #expect(try canonical("1\(zeros)e-1000") == "1")
    #expect(try canonical("0.\(zeros)1e1001") == "1")
    #expect(try canonical("1.\(zeros)") == "1")
    #expect(try canonical("0.\(zeros)1") == "0")
    for text in ["1\(zeros)", "1e1\(zeros)", "1.7976931348623159e308", "-2e308"] {
      let error = #expect(throws: JSONError.self) { try canonical(text) }
      #expect(error?.description == "a number beyond all doubles at byte 0")
    }
    #expect(try canonical("1e-1\(zeros)") == "0")
  }

  @Test func everyDoubleComesBack() throws {
    var generator = SeededGenerator()
    for _ in 0..<20_000 {
      let value = generator.finiteDouble()
      let text = canonical(value)
      #expect(Double(text) == value)
      #expect(try canonical(text) == text)
    }
  }

  @Test func integersBelow2To53KeepTheirBytes() {
    var generator = SeededGenerator()
    for _ in 0..<20_000 {
      let value =
        generator.next() & JSON.exactIntegerLimit >> UInt64.random(in: 0..<53, using: &generator)
      #expect(canonical(JSON.integer(value)) == "\(value)")
      #expect(canonical(JSON.integer(-Int64(value))) == (value == 0 ? "0" : "-\(value)"))
    }
  }

  private func canonical(_ value: Double) -> String { canonical(JSON.number("\(value)")) }

  private func canonical(_ text: String) throws -> String {
    canonical(try JSON.parse(Array(text.utf8)))
  }

  private func canonical(_ json: JSON) -> String { String(decoding: json.canonical, as: UTF8.self) }
}
