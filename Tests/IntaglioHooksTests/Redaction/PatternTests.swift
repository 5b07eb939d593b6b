import IntaglioHooks
import IntaglioTestSupport
import Testing

@Suite struct PatternTests {
  @Test(arguments: [
    "4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "4111 1111-1111 1111",
    "378282246310005", "3782 822463 10005", "3056 930902 5904", "30569309025904",
    "5555555555554444", "2223003122003222", "6011111111111117", "3530111333300000",
    "4222222222222", "6212 3456 7890 1232", "6304000000000000000", "135412345678911",
    "card:4111111111111111.", "(4111111111111111)", "No.4111111111111111", "-4111111111111111",
    "№4111111111111111円", "card_4111111111111111", "on 2024-05-15 4111 1111 1111 1111 until 12",
    "4111 1111 1111 1111 12/27", "12 4111111111111111 7", "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
    #"{"card":"4111111111111111"}"#, #"\n4111111111111111"#, "4111111111111111\n",
  ])
  func `a card's number is found`(text: String) { expect(.creditCard, in: text, true) }

  @Test(arguments: [
    "", "4111111111111112", "411111111111", "41111111111111111111", "4111  1111  1111  1111",
    "4111.1111.1111.1111", "4111/1111/1111/1111", "4111111111111111a", "a4111111111111111",
    "0.4111111111111111", "4111111111111111.5", "0000000000000000", "1716239022007",
    "9999999999999995", "４１１１１１１１１１１１１１１１", "٤١١١١١١١١١١١١١١١",
    "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30",
    "550e8400-e29b-41d4-a716-446655440000", "+49 30 1234567", "192.168.100.100",
    "4111\u{A0}1111\u{A0}1111\u{A0}1111", "4111-",
    "a665a45920422f9d417e4867efdc4fb8a04a1f3fff1fa07e998e86f7f7a27ae3",
  ])
  func `what is no card's number is not found`(text: String) {
    expect(.creditCard, in: text, false)
  }

  @Test(arguments: [
    "a@b.co", "name.surname+tag@sub.example.co.uk", "<name@example.com>", "mailto:x@y.org?z",
    "jörg@example.de", "name@exämple.de", "name@example.рф", "a@xn--80ak6aa92e.com",
    "a@b.xn--p1ai", "mail to name@example.com.", "name@example.com-thanks", "a@b@c.com",
    "@@a@b.com", "n@1.2.com", "name_@example.com", "it's'@example.com", "a@b.com@",
    "a@example.COM5 b@c.de", #"\nname@example.com"#,
  ])
  func `an address is found`(text: String) { expect(.email, in: text, true) }

  @Test(arguments: [
    "", "@", "a@", "@b.com", "a@b", "a@b.c", "a@.com", "a @b.com", "a@ b.com", "a@b..com",
    "lodash@4.17.21", "react@18.0.0-rc.1", "pkg@1.0.rc1", "@types/node", "name@localhost",
    "a@[10.0.0.1]", "\"a b\"@c", "name＠example.com", "a@b.1com", "name(at)example.com",
  ])
  func `what is no address is not found`(text: String) { expect(.email, in: text, false) }

  @Test(arguments: [
    "sk-abcdefghijklmnopqrst1", "sk-proj-Ab0_-Ab0_-Ab0_-Ab0_-", "sk-ant-api03-Zz09zz09zz09zz09",
    "OPENAI_API_KEY=sk-ABCDEFGHIJKLMNOPQRST", "key_sk-abcdefghijklmnopqrst1",
    "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE.", "id:AKIAIOSFODNN7EXAMPLE,",
    "ghp_" + String(repeating: "a1B2", count: 9), "gho_" + String(repeating: "a", count: 40),
    "ghs_" + String(repeating: "A", count: 36), "ghu_" + String(repeating: "7", count: 36),
    "ghr_" + String(repeating: "x", count: 76), "github_pat_11ABCDEFG0abcdefghijkl_mnop",
    "xoxb-123456789012-abcdef", "xoxp-1234567890", "xoxa-2-abcdefgh", "xoxr-abcdefghi0",
    "xoxs-0-abcdefghijk", "AIzaSyA-1234567890abcdefghijklmnopqrstu", #"\nsk-abcdefghijklmnopqrst1"#,
    #"{\"k\":\"sk\u002dabcdefghijklmnopqrst1\"}"#, "é" + "sk-abcdefghijklmnopqrst1",
  ])
  func `a key is found`(text: String) { expect(.apiKey, in: text, true) }

  @Test(arguments: [
    "", "sk-", "sk-abcdefghijklmnopqr1",
    "sk-circle-fade-dot-and-a-longer-slug", "task-12345678901234567890", "sk_12345678901234567890",
    "AKIAIOSFODNN7EXAMPL", "AKIAIOSFODNN7EXAMPLE2", "AKIAIOSFODNN7EXAMPLe", "akiaiosfodnn7example",
    "xAKIAIOSFODNN7EXAMPLE", "ghp_" + String(repeating: "a", count: 35),
    "ghx_" + String(repeating: "a", count: 36), "ghp-" + String(repeating: "a", count: 36),
    "github_pat_123456789012345678901", "xoxc-1234567890", "xoxb-123456789", "xoxb-abcdefghijklm",
    "AIzaSyA-1234567890abcdefghijklmnopqrs", "foxoxb-1234567890",
  ])
  func `what is no key is not found`(text: String) { expect(.apiKey, in: text, false) }

  @Test(arguments: [
    "Bearer abcdefghijklmnop", "bearer ABCDEFGHIJKLMNOP", "BEARER a.b-c_d~e+f/g=h0",
    "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.abc", "Bearer   \t abcdefghijklmnop",
    "=Bearer abcdefghijklmnop", #"\tBearer abcdefghijklmnop"#,
  ])
  func `a bearer's token is found`(text: String) { expect(.bearerToken, in: text, true) }

  @Test(arguments: [
    "", "Bearer", "Bearer ", "Bearer abcdefghijklmno", "Bearerabcdefghijklmnop",
    "Bearer: abcdefghijklmnop", "Bearer abcdefgh ijklmnop", "forbearer abcdefghijklmnop",
    "Bearer\nabcdefghijklmnop", "Bear abcdefghijklmnop", "Beärer abcdefghijklmnop",
  ])
  func `what is no bearer's token is not found`(text: String) {
    expect(.bearerToken, in: text, false)
  }

  @Test(arguments: [
    "-----BEGIN PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
    "x-----BEGIN OPENSSH PRIVATE KEY-----", "-----BEGIN EC PRIVATE KEY-----\\nMHcC",
    "-----BEGIN ENCRYPTED PRIVATE KEY-----", "-----BEGIN PGP PRIVATE KEY BLOCK-----",
    "-------BEGIN PRIVATE KEY-------", "-----BEGIN -----BEGIN PRIVATE KEY-----",
  ])
  func `a private key is found`(text: String) { expect(.privateKey, in: text, true) }

  @Test(arguments: [
    "", "-----BEGIN", "-----BEGIN PUBLIC KEY-----", "-----BEGIN CERTIFICATE-----",
    "-----BEGIN PRIVATE KEY", "-----BEGIN PRIVATE KEY----", "----BEGIN PRIVATE KEY-----",
    "-----begin private key-----", "-----BEGIN PRIVATE KEY BLOB-----",
    "-----END PRIVATE KEY-----", "PRIVATE KEY-----",
  ])
  func `what is no private key is not found`(text: String) { expect(.privateKey, in: text, false) }

  @Test(arguments: BuiltInPattern.allCases)
  func `a search ends in a time proportional to the text`(pattern: BuiltInPattern) {
    let hostile = [
      "4", "4 ", "41-", "4111 ", "411 ", "4111111111111111", "4111111111111112 ",
      "1234567890123456789 ", "@", "a@", "a@b.", "a@b@", "a@1.", "a@-", "é@é.", "sk-", "sk-a", "s",
      "sk-1", "AKIA", "AKIA0", "AIza", "ghp_", "ghp_a", "github_pat_", "xoxb-", "xoxb-a", "gh",
      "bearer ", "bearer", "bearer\t", "Bearer a", " ", "-", "-----", "-----BEGIN ",
      "-----BEGIN A", "-----BEGIN PRIVATE KEY", "\\", "\\u0073k-", "A", "a", "\u{0}",
    ]
    for unit in hostile {
      let counts = [1 << 12, 1 << 13, 1 << 14].map { readCount(pattern, unit, byteCount: $0) }
      // At most 80 looks at each byte, and twice as many for twice the text.
      #expect(counts[0] <= 80 << 12, "\(pattern) in \(unit) over and over")
      #expect(counts[1] <= counts[0] * 21 / 10 && counts[2] <= counts[1] * 21 / 10)
    }
  }

  private func readCount(_ pattern: BuiltInPattern, _ unit: String, byteCount: Int) -> Int {
    let text = String(repeating: unit, count: byteCount / unit.utf8.count)
    var scanner = PatternScanner(text.utf8.span)
    _ = scanner.find(pattern)
    return scanner.readCount
  }

  private func expect(
    _ pattern: BuiltInPattern, in text: String, _ expected: Bool,
    at location: SourceLocation = #_sourceLocation
  ) {
    #expect(pattern.isFound(in: text) == expected, sourceLocation: location)
    // In the midst of others as well.
    let other = "a text before it: \(text) and one after it"
    #expect(pattern.isFound(in: other) == expected, sourceLocation: location)
  }
}
