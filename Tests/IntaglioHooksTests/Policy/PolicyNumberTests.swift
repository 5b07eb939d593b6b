import IntaglioFormat
import IntaglioTestSupport
import Testing

@testable import IntaglioHooks

@Suite struct PolicyNumberTests {
  @Test func `numbers are ordered by what they are, however they are written`() throws {
    let ordered = [
      "-1e99999999999999999", "-1e400", "-12345678901234567890.5", "-12345678901234567890", "-10",
      "-9.99",
      "-1", "-0.1", "-1e-400", "0", "1e-99999999999999999", "1e-400", "0.1",
      "0.10000000000000000001",
      "0.2", "1", "9", "10", "99.99", "100", "100.00000000000000000001", "9007199254740992",
      "9007199254740993", "1e400", "1e401", "1e99999999999999999",
    ]
    let numbers = try ordered.map { try #require(DecimalNumber($0)) }
    for (left, one) in numbers.enumerated() {
      for (right, other) in numbers.enumerated() {
        #expect((one < other) == (left < right), "\(ordered[left]) \(ordered[right])")
        #expect((one == other) == (left == right))
      }
    }
    for (one, other) in [
      ("0", "-0"), ("0", "0.000e5"), ("100", "1e2"), ("100", "1.00E+2"), ("0.5", "5e-1"),
      ("120", "12e1"),
      ("1", "1000e-3"), ("1e00000000000000000000000001", "10"), ("0", "0e99999999999999999999999"),
    ] {
      #expect(DecimalNumber(one) == DecimalNumber(other), "\(one) \(other)")
      #expect(DecimalNumber(one)?.hashValue == DecimalNumber(other)?.hashValue)
    }
  }

  @Test(arguments: [
    "", "-", "+1", "01", "1.", ".5", "1e", "1e+", "0x10", "1_000", " 1", "1 ", "NaN", "Infinity",
    "1e5.5", "--1", "１",
    "1e100000000000000000",
  ])
  func `what is no number, or beyond comparing, is not read`(text: String) {
    #expect(DecimalNumber(text) == nil)
  }

  @Test func `a number is written in one way that reads as the same`() throws {
    for (text, expected) in [
      ("1.50", "1.5"), ("-0", "0"), ("1e2", "100"), ("1e21", "1e+21"),
      ("1e20", "100000000000000000000"),
      ("123456789012345678901234", "1.23456789012345678901234e+23"), ("0.000001", "0.000001"),
      ("0.0000001", "1e-7"), ("-12e-9", "-1.2e-8"), ("100.10", "100.1"),
    ] {
      #expect(DecimalNumber(text)?.description == expected)
    }
    var random = SeededGenerator()
    for _ in 0..<10_000 {
      let double = Double(bitPattern: random.next())
      guard double.isFinite else { continue }
      let number = try #require(DecimalNumber("\(double)"))
      #expect(DecimalNumber(number.description) == number)
      #expect(Double(number.description) == double)
      #expect(number.isInterchangeable)
      // Canonical JSON, and so the digest of a policy, has the same form.
      #expect(JSON.number(number.description).canonical == Array(number.description.utf8))
    }
  }

  @Test func `counts of limits are exact, bounded, and never negative`() throws {
    for (text, expected) in [
      ("0", "0"), ("-0", "0"), ("50", "50"), ("99.95", "99.95"), ("1e3", "1000"),
      ("0.000000001", "0.000000001"),
      ("1.500", "1.5"), ("100000000000000000000000000000", "100000000000000000000000000000"),
      ("1e29", "100000000000000000000000000000"),
      ("-1", nil), ("-0.5", nil), ("0.0000000001", nil), ("1.0000000005", nil), ("1e30", nil),
      ("1e400", nil),
      ("1e-400", nil), ("1e99999999999999999", nil), ("x", nil),
    ] as [(String, String?)] {
      #expect(LimitCount(text)?.description == expected, "\(text)")
    }
    let tenth = try #require(LimitCount("0.1"))
    let sum = try #require((0..<10).reduce(.zero) { sum, _ in sum.adding(tenth)! } as LimitCount?)
    #expect(sum == .one)
    #expect(LimitCount.one.subtracting(tenth).description == "0.9")
    #expect(tenth.subtracting(.one) == .zero)
    let large = try #require(LimitCount("100000000000000000000000000000"))
    #expect(large.adding(large) == nil && large > .one)
  }
}
